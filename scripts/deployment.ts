import { parseArgs } from 'node:util';
import { readEngineConnection, readEnv } from '#config/env.js';
import { createClient, processIdentity } from '#temporal/connection.js';
import { VersionNotTaken, WorkerVersions } from '#temporal/worker-versions.js';
import type { DeploymentState } from '#temporal/worker-versions.js';

const USAGE = `Which build of the workers gets the work (see docs/operating.md, "Workers by version").

  npm run deployment                         shows it
  npm run deployment -- current 1.2.0        waits for workers of build 1.2.0, then gives them everything
  npm run deployment -- ramp 1.2.0 10        the same with 10 % of the workflows
  npm run deployment -- current --unversioned    gives everything to workers without a version

  --name NAME      the deployment; else WORKER_DEPLOYMENT_NAME
  --timeout 120    so many seconds are workers waited for
`;

class WrongUse extends Error {}

try {
  process.stdout.write(`${await run()}\n`);
} catch (error) {
  const isExplained = error instanceof WrongUse || error instanceof VersionNotTaken;
  process.stderr.write(`${isExplained ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function run(): Promise<string> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...{ name: { type: 'string' }, timeout: { type: 'string', default: '120' } },
      ...{ unversioned: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    },
  });
  if (values.help) return USAGE;
  const env = readEnv();
  const name = values.name || env.WORKER_DEPLOYMENT_NAME;
  if (!name) throw new WrongUse(`which deployment: --name or WORKER_DEPLOYMENT_NAME\n\n${USAGE}`);
  const change = changeOf(positionals, values.unversioned, numberOf('--timeout', values.timeout, 3_600));
  const client = createClient(readEngineConnection(env), processIdentity('deployment'));
  try {
    const versions = new WorkerVersions(client, name);
    if (change) await versions.change(change);
    return shown(name, await versions.read());
  } finally {
    await client.connection.close();
  }
}

function changeOf([command, ...rest]: string[], unversioned: boolean, timeoutSeconds: number) {
  if (command === undefined) return undefined;
  const [buildId, percentage] = unversioned ? [undefined, rest[0]] : rest;
  const timeoutMs = timeoutSeconds * 1000;
  if (!buildId && !unversioned) throw new WrongUse(`which build?\n\n${USAGE}`);
  if (command === 'current') return { buildId, timeoutMs };
  if (command === 'ramp')
    return { buildId, rampPercentage: numberOf('the percentage', percentage, 100), timeoutMs };
  throw new WrongUse(`"${command}" is none of: current, ramp\n\n${USAGE}`);
}

function numberOf(what: string, text = '', most: number): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(number <= most)) throw new WrongUse(`${what} is "${text}", allowed is a number from 0 to ${most}`);
  return number;
}

function shown(name: string, state?: DeploymentState): string {
  if (!state) return `${name}: no worker with a version has come yet`;
  const { current = 'workers without a version', ramping, builds } = state;
  const ramp =
    ramping && `\n  ramping: ${ramping.buildId ?? 'workers without a version'}, ${ramping.percentage} %`;
  return `${name}\n  current: ${current}${ramp ?? ''}\n  builds:  ${builds.join(', ')}`;
}
