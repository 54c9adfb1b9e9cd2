import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { BundleOptions } from '@temporalio/worker';

/**
 * There is a bundle for each: how messages of failures leave a workflow is fixed when it is bundled. `plain` can be read in
 * the engine's tools by everyone, `encoded` can be encrypted.
 */
export type WorkflowFailures = 'plain' | 'encoded';

/** What a bundle is for. */
export interface BundleKind {
  failures: WorkflowFailures;
  /** Whether its workflows are traced. */
  traced: boolean;
}

export const BUNDLE_KINDS: readonly BundleKind[] = [
  { failures: 'plain', traced: false },
  { failures: 'encoded', traced: false },
  { failures: 'plain', traced: true },
  { failures: 'encoded', traced: true },
];

/** The built entry of the workflows. */
const WORKFLOWS_PATH = built('apps/worker/src/workflows/index.js');
const FAILURE_CONVERTER_PATHS = { plain: undefined, encoded: built('libs/temporal/src/encoded-failures.js') };

const TRACING_PATH = built('libs/temporal/src/workflow-tracing.js');

/** Where the build puts the bundle. */
export function bundlePath({ failures, traced }: BundleKind): string {
  const encoded = failures === 'encoded' ? '-encoded-failures' : '';
  return built(`workflow-bundle${encoded}${traced ? '-traced' : ''}.js`);
}

/** Everything that decides what the bundle is, in one place: the build and the replay tests must agree. */
function bundleOptions({ failures, traced }: BundleKind): BundleOptions {
  return {
    workflowsPath: WORKFLOWS_PATH,
    // Evaluated once for all workflows, frozen, instead of once for each. So no module of theirs may have state of its own.
    preloadModules: [WORKFLOWS_PATH],
    failureConverterPath: FAILURE_CONVERTER_PATHS[failures],
    ...(traced && { workflowInterceptorModules: [TRACING_PATH] }),
    logger: new DefaultLogger('WARN'),
  };
}

export async function buildWorkflowBundle(kind: BundleKind): Promise<string> {
  const { code } = await bundleWorkflowCode(bundleOptions(kind));
  return code;
}

/** A bundle of this build, as an option for `Worker`. */
export function builtWorkflowBundle(kind: BundleKind): { codePath: string } {
  const codePath = bundlePath(kind);
  if (!existsSync(codePath)) throw new Error(`no workflow bundle at ${codePath}: run npm run build`);
  return { codePath };
}

function built(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}
