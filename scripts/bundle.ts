import { writeFile } from 'node:fs/promises';
import { BUNDLE_PATHS, buildWorkflowBundle } from '#temporal/workflow-bundle.js';

for (const failures of ['plain', 'encoded'] as const) {
  await writeFile(BUNDLE_PATHS[failures], await buildWorkflowBundle(failures));
}
