import { setTimeout as sleep } from 'node:timers/promises';
import { System } from '../../test/support/system.js';
import { Accounts } from './accounts.js';
import type { Audit } from './accounts.js';
import { Campaign } from './campaign.js';
import type { Totals } from './campaign.js';
import { Inbox } from './inbox.js';
import { WorkerKiller } from '../../test/support/kill-workers.js';
import { readOptions, USAGE } from './options.js';
import type { Options } from './options.js';
import { Progress } from './progress.js';

const WORKERS = 2;
const AMOUNT_CENTS = 500;
const ASK_EVERY_MS = 500;
/** Lists are a moment behind: jobs are over when none was seen for so long. */
const OVER_AFTER_MS = 10_000;

const say = (line: string) => void process.stdout.write(`${line}\n`);

const options = readOptionsOrExit();
let system: System | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    say(`\n${signal}: stopping`);
    void (system?.stop() ?? Promise.resolve()).then(() => process.exit(1));
  });
}
const { url, key, databaseUrl } = options.running ?? (await startTimekeeper());
const accounts = await Accounts.connect(databaseUrl, options.tenant);
say(`Seeding ${options.users} users.`);
await accounts.seed(options.users);
const inbox = await Inbox.open();
const name = `welcome-${Date.now().toString(36)}`;
const input = { campaign: name, notify_url: inbox.url, amount_cents: AMOUNT_CENTS };
const progress = new Progress(options.users, process.stdout);
const campaign = await Campaign.start({ url, key }, input);
say(`Campaign ${name}: job ${campaign.jobId}, result coupon-campaign:${name}`);
const killer = options.kill && system ? new WorkerKiller(system.workers) : undefined;
const totals = await follow();
const { seconds } = progress;
await killer?.stop();
await ended();
const audit = await accounts.audit(name, AMOUNT_CENTS);
report(audit, totals, seconds);
if (!isExact(audit, totals)) {
  say('FAILED: not every user has exactly one coupon, or the totals are not exact.');
  for (const job of await campaign.troubles()) say(`  job ${job.id}: ${job.status}`);
  process.exitCode = 1;
}
await accounts.close();
await inbox.close();
await system?.stop();
process.exit();

function readOptionsOrExit(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
    process.exit(2);
  }
}

async function startTimekeeper(): Promise<{ url: string; key?: string; databaseUrl: string }> {
  say(`Starting the engine, PostgreSQL, the server and ${WORKERS} workers.`);
  system = await System.start({ workers: WORKERS, database: true, env: { LOG_LEVEL: 'warn' } });
  if (!system.database) throw new Error('there is no PostgreSQL');
  return { url: system.server.url, databaseUrl: system.database.url('timekeeper') };
}

/** Shows the progress until all are notified, or nothing goes on any more. */
async function follow(): Promise<Totals> {
  for (let seenMs = performance.now(); ; await sleep(ASK_EVERY_MS)) {
    const sofar = await campaign.totals();
    const kills = killer ? `, ${killer.kills} workers killed` : '';
    progress.show(sofar.notified, `${sofar.coupons} coupons, ${sofar.notified} notified${kills}`);
    if (sofar.notified < options.users && (await campaign.goesOn())) seenMs = performance.now();
    if (sofar.notified >= options.users || performance.now() - seenMs > OVER_AFTER_MS) {
      progress.end();
      return sofar;
    }
  }
}

/** What would still go on could still give a coupon. */
async function ended(): Promise<void> {
  while (await campaign.goesOn()) await sleep(ASK_EVERY_MS);
}

function isExact({ users, coupons, notified, exact }: Audit, sums: Totals): boolean {
  const all = [coupons, notified, exact, sums.coupons, sums.notified, inbox.notifications];
  return users === options.users && all.every((count) => count === users);
}

function report({ users, coupons, notified, exact }: Audit, sums: Totals, took: number): void {
  say(`
  users       ${users}, of which ${exact} have exactly one coupon and were notified
  coupons     ${coupons} in the table, ${sums.coupons} in the result
  notified    ${notified} in the table, ${sums.notified} in the result
  requests    ${inbox.requests}, of which ${inbox.repeated} came again${killer ? `\n  killed      ${killer.kills} workers` : ''}
  time        ${took.toFixed(1)} s, ${Math.round(users / took)} users/s
`);
}
