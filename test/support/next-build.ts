import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../../scripts/child.js';
import { ROOT } from '../../scripts/paths.js';

const WORKFLOW = 'dist/apps/worker/src/workflows/timers.workflow.js';
const BEGINNING = 'async function turnUntilEnded() {';
export const PATCH = 'notes who began it';

/** Where the next build lies, complete as a release is. */
export interface NextBuild {
  workerMain: string;
  bundle: string;
}

/** A build after this one, whose timers give another command first; those that run already must not. */
export async function makeNextBuild(folder: string): Promise<NextBuild> {
  const root = join(folder, 'next-build');
  mkdirSync(root);
  for (const part of ['package.json', 'libs/database/migrations', 'dist/apps', 'dist/libs', 'dist/scripts'])
    cpSync(join(ROOT, part), join(root, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));

  const code = readFileSync(join(ROOT, WORKFLOW), 'utf8');
  if (!code.includes(BEGINNING)) throw new Error(`${WORKFLOW} has no line "${BEGINNING}" to change`);
  const changed = `import { patched, upsertMemo } from '@temporalio/workflow';\n${code.replace(
    BEGINNING,
    `${BEGINNING}\n        if (patched('${PATCH}')) upsertMemo({ beganBy: 'the next build' });`,
  )}`;
  writeFileSync(join(root, WORKFLOW), changed);
  const bundling = new Child('bundling', process.execPath, [join(root, 'dist/scripts/bundle.js')], {
    cwd: root,
  });
  const how = await bundling.exited;
  if (how !== 'code 0') throw new Error(`the next build was not bundled (${how})`);
  return {
    workerMain: join(root, 'dist/apps/worker/src/main.js'),
    bundle: readFileSync(join(root, 'dist/workflow-bundle.js'), 'utf8'),
  };
}
