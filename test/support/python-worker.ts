import { spawnSync } from 'node:child_process';
import { Child } from '../../scripts/child.js';
import { ROOT } from '../../scripts/paths.js';

const EXAMPLE = 'examples/python-step';
/** Its packages are in the cache from the first time on. */
const WITH_PACKAGES = `. scripts/python-tools.sh && python_tools $(cat ${EXAMPLE}/requirements.txt)`;

/** False on a system without Python, or with one that cannot have packages. */
export function hasPython(): boolean {
  return spawnSync('python3', ['-c', 'import ensurepip, venv']).status === 0;
}

/** Fetches what the worker of the example needs, once. */
export async function installPythonWorker(): Promise<void> {
  const how = await new Child('installation', 'sh', ['-c', WITH_PACKAGES], { cwd: ROOT }).exited;
  if (how !== 'code 0') throw new Error(`the packages of ${EXAMPLE} were not installed (${how})`);
}

/** The worker of the example as a process; what is done to the child is done to Python itself. */
export function startPythonWorker(env: Record<string, string>, logFile: string): Child {
  const run = `${WITH_PACKAGES} && exec python ${EXAMPLE}/worker.py`;
  const own = { PYTHONDONTWRITEBYTECODE: '1', TEMPORAL_CONFIG_FILE: 'none' };
  return new Child('Python worker', 'sh', ['-c', run], { cwd: ROOT, logFile, env: { ...own, ...env } });
}
