import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { BundleOptions } from '@temporalio/worker';

/**
 * There is a bundle for each: how messages of failures leave a workflow is fixed when it is bundled. `plain` can be read in
 * the engine's tools by everyone, `encoded` can be encrypted.
 */
export type WorkflowFailures = 'plain' | 'encoded';

/** The built entry of the workflows. */
const WORKFLOWS_PATH = built('apps/worker/src/workflows/index.js');
const FAILURE_CONVERTER_PATHS = { plain: undefined, encoded: built('libs/temporal/src/encoded-failures.js') };

/** Where the build puts the bundles. */
export const BUNDLE_PATHS: Record<WorkflowFailures, string> = {
  plain: built('workflow-bundle.js'),
  encoded: built('workflow-bundle-encoded-failures.js'),
};

/** Everything that decides what the bundle is, in one place: the build and the replay tests must agree. */
function bundleOptions(failures: WorkflowFailures): BundleOptions {
  const failureConverterPath = FAILURE_CONVERTER_PATHS[failures];
  return { workflowsPath: WORKFLOWS_PATH, failureConverterPath, logger: new DefaultLogger('WARN') };
}

export async function buildWorkflowBundle(failures: WorkflowFailures): Promise<string> {
  const { code } = await bundleWorkflowCode(bundleOptions(failures));
  return code;
}

/** A bundle of this build, as an option for `Worker`. */
export function builtWorkflowBundle(failures: WorkflowFailures): { codePath: string } {
  const codePath = BUNDLE_PATHS[failures];
  if (!existsSync(codePath)) throw new Error(`no workflow bundle at ${codePath}: run npm run build`);
  return { codePath };
}

function built(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}
