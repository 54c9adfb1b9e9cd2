import { writeFile } from 'node:fs/promises';
import { BUNDLE_PATH, buildWorkflowBundle } from '#temporal/workflow-bundle.js';

await writeFile(BUNDLE_PATH, await buildWorkflowBundle());
