import { spawn } from 'node:child_process';
import type { StdioOptions } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { childEnvironment, onCi, searchPath } from '#config/env.js';
import { findEngine, NoEngine } from './engine/find-engine.js';
import { ROOT } from './paths.js';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numRuntimeErrorTestSuites: number;
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[];
}

/** What came of suites of tests. */
interface Outcome extends Counts {
  /** Names of the suites in which something failed, and how much passed or was skipped in those. */
  failedSuites: string[];
  passedBesideFailed: number;
  skippedBesideFailed: number;
}

/** Of more than so many suites that failed beside others it is not the neighbours' fault. */
const MOST_AGAIN = 3;
const ONE_BY_ONE = '--runInBand';

const say = (line: string) => process.stdout.write(`${line}\n`);
const reports = mkdtempSync(join(tmpdir(), 'timekeeper-reports-'));
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const runAgain: string[] = [];
let runs = 0;

/** Put the machine under load, or look at times so closely that they must have it to themselves. */
const ALONE = ['bulk', 'coupons', 'fairness', 'flow', 'long-life', 'rolling', 'scale'];
/** Mostly wait, but look at times as well: neighbours of their own kind do them no harm. */
const PATIENT = [
  'backup',
  'clock',
  'crash',
  'destinations',
  'docs',
  'engine-crash',
  'jobs',
  'shutdown',
  'start',
];
const CRASHES = ['crash', 'engine-crash', 'jobs', 'shutdown'];
/** Is about nothing else. */
const ONLY_ON_POSTGRES = 'backup';
/**
 * Where another store under the engine could make a difference: crashes, changes under way, lists, many timers at once.
 * The rest speaks of us and not of the engine, and runs on the embedded one alone.
 */
const ON_POSTGRES = [ONLY_ON_POSTGRES, ...CRASHES, 'bulk', 'changes', 'lists', 'scale'];

// Most checks use one core each, so two run at a time.
const lintAndApi = check('lint and format', 'npm', ['run', '--silent', 'lint']).then(() =>
  check('API by Schemathesis', 'sh', ['scripts/check-api.sh']),
);
await check('types', 'npm', ['run', '--silent', 'types']);
await check('.env.example is up to date', 'node', ['dist/scripts/env-example.js', '--check']);
await check('docs/openapi.json is up to date', 'node', ['dist/scripts/openapi.js', '--check']);
await check('docs/openapi.json by Spectral', 'npm', ['run', '--silent', 'check:openapi']);
await check('compose file, Dockerfile and Helm chart', 'sh', ['scripts/check-deploy.sh']);
await lintAndApi;
add(await jest('unit', ['--maxWorkers=2']));
add(await jest('replay'));
await e2e((name) => name !== ONLY_ON_POSTGRES);
if (await hasProductionEngine()) {
  await e2e((name) => ON_POSTGRES.includes(name), { TEST_TOPOLOGY: 'postgres' });
  await faults();
}

rmSync(reports, { recursive: true, force: true });
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
if (runAgain.length > 0) say(`\nFailed beside others and ran again alone: ${runAgain.join(', ')}`);
say(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function check(what: string, command: string, args: string[]): Promise<void> {
  const startedMs = Date.now();
  const passed = (await run(command, args)) === 0;
  say(`${passed ? 'ok    ' : 'FAILED'} ${what}, after ${Math.round((Date.now() - startedMs) / 1000)} s`);
  total[passed ? 'passed' : 'failed'] += 1;
}

/** The short set of the fault matrix; each of its rows counts. */
async function faults(): Promise<void> {
  say('\n== faults, the short set');
  const outputFile = join(reports, 'faults.json');
  const code = await run('node', ['dist/test/faults/run.js', '--short', '--counts', outputFile]);
  const { passed = 0, failed = 0 } = readReport<Counts>(outputFile);
  add({ passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped: 0 });
}

async function e2e(isWanted: (name: string) => boolean, env: Record<string, string> = {}): Promise<void> {
  const names = readdirSync(join(ROOT, 'test/e2e')).map((file) => file.split('.', 1)[0] as string);
  const wanted = names.filter(isWanted);
  const isIn = (group: string[]) => wanted.filter((name) => group.includes(name));
  await suites(isIn(names.filter((name) => ![...ALONE, ...PATIENT].includes(name))), '--maxWorkers=3', env);
  // An engine on PostgreSQL takes more of the machine.
  await suites(isIn(PATIENT), env.TEST_TOPOLOGY ? '--maxWorkers=2' : '--maxWorkers=3', env);
  await suites(isIn(ALONE), ONE_BY_ONE, env);
}

/**
 * Suites beside each other take time of the machine from each other, and what is promised within seconds may then come too
 * late. A few that failed are therefore run again alone, which is said, and that is what counts.
 */
async function suites(names: string[], parallel: string, env: Record<string, string>): Promise<void> {
  const runSuites = (these: string[], how: string) =>
    jest('e2e', [how, `--testPathPatterns=e2e/(${these.join('|')})[.]`], env);
  const { failedSuites, passedBesideFailed, skippedBesideFailed, ...counts } = await runSuites(
    names,
    parallel,
  );
  if (parallel === ONE_BY_ONE || failedSuites.length === 0 || failedSuites.length > MOST_AGAIN)
    return add(counts);
  say(`\nFAILED BESIDE OTHERS, now alone: ${failedSuites.join(', ')}`);
  runAgain.push(...failedSuites);
  add({
    passed: counts.passed - passedBesideFailed,
    failed: 0,
    skipped: counts.skipped - skippedBesideFailed,
  });
  add(await runSuites(failedSuites, ONE_BY_ONE));
}

function add(counts: Counts): void {
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts[key];
}

async function jest(
  project: string,
  flags: string[] = [],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const topology = env.TEST_TOPOLOGY ? ` on ${env.TEST_TOPOLOGY}` : '';
  say(`\n== ${[project, ...flags].join(' ')}${topology}`);
  const startedMs = Date.now();
  const outputFile = join(reports, `${++runs}.json`);
  const args = ['--selectProjects', project, ...flags, '--json', `--outputFile=${outputFile}`];
  const code = await run('npx', ['jest', ...args], {
    ...{ NODE_OPTIONS: '--experimental-vm-modules --no-warnings', FORCE_COLOR: '0' },
    ...env,
  });
  say(`   took ${Math.round((Date.now() - startedMs) / 1000)} s`);
  const outcome = outcomeOf(outputFile);
  // A suite that could not even start has no tests to count.
  return code !== 0 && outcome.failed === 0 ? { ...outcome, failed: 1 } : outcome;
}

function outcomeOf(file: string): Outcome {
  const report = readReport<JestReport>(file);
  // Without a report there is something that failed.
  const {
    numPassedTests = 0,
    numFailedTests = 1,
    numPendingTests = 0,
    numRuntimeErrorTestSuites = 0,
  } = report;
  const failed = (report.testResults ?? []).filter(({ status }) => status === 'failed');
  const tests = failed.flatMap(({ assertionResults }) => assertionResults);
  const count = (wanted: string) => tests.filter(({ status }) => status === wanted).length;
  return {
    passed: numPassedTests,
    failed: numFailedTests + numRuntimeErrorTestSuites,
    skipped: numPendingTests,
    failedSuites: failed.map(({ name }) => basename(name).split('.', 1)[0] as string),
    passedBesideFailed: count('passed'),
    skippedBesideFailed: count('pending'),
  };
}

function readReport<Report>(file: string): Partial<Report> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return {};
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
