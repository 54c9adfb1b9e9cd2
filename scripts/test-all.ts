import { spawn } from 'node:child_process';
import type { StdioOptions } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment, onCi, searchPath } from '#config/env.js';
import { findEngine, NoEngine } from './engine/find-engine.js';
import { ROOT } from './paths.js';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const say = (line: string) => process.stdout.write(`${line}\n`);
const reports = mkdtempSync(join(tmpdir(), 'timekeeper-reports-'));
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
let runs = 0;

const ALONE = 'e2e/(bulk|clock|coupons|crash|destinations|fairness|flow|jobs|long-life|scale|shutdown|start)';

await check('lint and format', 'npm', ['run', '--silent', 'lint']);
await check('types', 'npm', ['run', '--silent', 'types']);
await check('.env.example is up to date', 'node', ['dist/scripts/env-example.js', '--check']);
await check('docs/openapi.json is up to date', 'node', ['dist/scripts/openapi.js', '--check']);
await check('docs/openapi.json by Spectral', 'npm', ['run', '--silent', 'check:openapi']);
await check('compose file and Dockerfile', 'sh', ['scripts/check-deploy.sh']);
await check('API by Schemathesis', 'sh', ['scripts/check-api.sh']);
await jest('unit');
await jest('replay');
await e2e();
if (await hasProductionEngine()) await e2e({ TEST_TOPOLOGY: 'postgres' });

rmSync(reports, { recursive: true, force: true });
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
say(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function check(what: string, command: string, args: string[]): Promise<void> {
  const passed = (await run(command, args)) === 0;
  say(`${passed ? 'ok    ' : 'FAILED'} ${what}`);
  total[passed ? 'passed' : 'failed'] += 1;
}

/** Those that look at times, or put the machine under load, one after the other; the rest side by side. */
async function e2e(env: Record<string, string> = {}): Promise<void> {
  await jest('e2e', ['--maxWorkers=2', `--testPathIgnorePatterns=${ALONE}`], env);
  await jest('e2e', ['--runInBand', `--testPathPatterns=${ALONE}`], env);
}

async function jest(project: string, flags: string[] = [], env: Record<string, string> = {}): Promise<void> {
  const topology = env.TEST_TOPOLOGY ? ` on ${env.TEST_TOPOLOGY}` : '';
  say(`\n== ${[project, ...flags].join(' ')}${topology}`);
  const outputFile = join(reports, `${++runs}.json`);
  const args = ['--selectProjects', project, ...flags, '--json', `--outputFile=${outputFile}`];
  const code = await run('npx', ['jest', ...args], {
    ...{ NODE_OPTIONS: '--experimental-vm-modules --no-warnings', FORCE_COLOR: '0' },
    ...env,
  });
  const counts = countsOf(outputFile);
  // A suite that could not even start has no tests to count.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts[key];
}

function countsOf(file: string): Counts {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
    const {
      numPassedTests = 0,
      numFailedTests = 0,
      numPendingTests = 0,
      numRuntimeErrorTestSuites = 0,
    } = report;
    return {
      passed: numPassedTests,
      failed: numFailedTests + numRuntimeErrorTestSuites,
      skipped: numPendingTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** The engine on PostgreSQL comes from Go alone; without it that half is left out, and said to be. */
async function hasProductionEngine(): Promise<boolean> {
  try {
    await findEngine('temporal-server', { path: searchPath(), say });
    return true;
  } catch (error) {
    if (!(error instanceof NoEngine)) throw error;
    say(`\nLEFT OUT: the tests on PostgreSQL. ${error.message}`);
    if (onCi()) total.failed += 1;
    return false;
  }
}

function run(command: string, args: string[], env: Record<string, string> = {}): Promise<number> {
  // What jest prints for programs (--json) is in the file; its report for people is on stderr.
  const stdio: StdioOptions = env.NODE_OPTIONS ? ['ignore', 'ignore', 'inherit'] : 'inherit';
  const child = spawn(command, args, { cwd: ROOT, env: childEnvironment(env), stdio });
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
}
