import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { BundleOptions } from '@temporalio/worker';

/** The built entry of the workflows, and where the build puts their bundle. */
const WORKFLOWS_PATH = fileURLToPath(new URL('../../../apps/worker/src/workflows/index.js', import.meta.url));
export const BUNDLE_PATH = fileURLToPath(new URL('../../../workflow-bundle.js', import.meta.url));

/** Everything that decides what the bundle is, in one place: the build and the replay tests must agree. */
function bundleOptions(): BundleOptions {
  return { workflowsPath: WORKFLOWS_PATH, logger: new DefaultLogger('WARN') };
}

export async function buildWorkflowBundle(): Promise<string> {
  const { code } = await bundleWorkflowCode(bundleOptions());
  return code;
}

/** The bundle of this build, as an option for `Worker`. */
export function builtWorkflowBundle(): { codePath: string } {
  if (!existsSync(BUNDLE_PATH)) throw new Error(`no workflow bundle at ${BUNDLE_PATH}: run npm run build`);
  return { codePath: BUNDLE_PATH };
}
