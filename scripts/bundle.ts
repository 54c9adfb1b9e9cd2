import { writeFile } from 'node:fs/promises';
import { BUNDLE_KINDS, bundlePath, buildWorkflowBundle } from '#temporal/workflow-bundle.js';

for (const kind of BUNDLE_KINDS) await writeFile(bundlePath(kind), await buildWorkflowBundle(kind));
