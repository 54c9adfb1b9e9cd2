import { waitUntil } from '../../../scripts/wait-until.js';
import type { Field, Row } from '../row.js';
import { residentMiB } from '../processes.js';

/** What a destination does to the first two requests of a timer; the third is answered with 200. */
const FOR_A_WHILE = [
  ...['do=hang', 'do=drip', 'do=reset', 'do=close', 'do=junk'],
  ...['do=status&code=500', 'do=status&code=404', 'do=status&code=301&to=http://127.0.0.1/'],
];
/** Odd answers whose status is 200 all the same, which is what counts. */
const ODD = ['do=slow&ms=4000', 'do=huge', 'do=reset-body', 'do=bomb'];
/** `Retry-After`, and the least and the most that the next attempt may wait for, in seconds. */
const RETRY_AFTER: [string, number, number][] = [
  ['2', 2, 12],
  ['junk', 0.8, 10],
  ['-5', 0.8, 10],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0.8, 10],
];
const OF_EACH = 5;
const MOST_GROWTH_MIB = 200;
const FIRST_HOST = 35;

export const badReceivers: Row = {
  id: 'F23',
  title:
    'Destinations that hang, drip, reset, close, redirect, answer with junk, too much, 410, or ask to wait',
  settleMs: 120_000,
  async run(field) {
    const { driver, stage } = field;
    const pids = () => stage.system.workers.map(({ process: { pid } }) => pid);
    const before = pids().map(residentMiB);
    await driver.setAll(timers(field));
    const [farKey, farId] = await askedToWaitForever(field);
    field.expect(
      'who is asked to wait for ever can be canceled',
      (await driver.cancel(farKey, farId)) === 200,
    );
    await driver.settle(90_000);
    const growth = Math.max(...pids().map((pid, index) => residentMiB(pid) - (before[index] ?? 0)));
    field.notes.push(`a worker grew by at most ${Math.round(growth)} MiB`);
    field.expect(`workers grow by less than ${MOST_GROWTH_MIB} MiB`, growth < MOST_GROWTH_MIB);
  },
  after(_verdict, field) {
    for (const [header, leastS, mostS] of RETRY_AFTER) {
      const [first, second] = field
        .requests()
        .filter(({ path }) => path.startsWith(retryPath(field, header)));
      const waitedS = ((second?.wallMs ?? NaN) - (first?.wallMs ?? NaN)) / 1000;
      const name = `after Retry-After: ${header} the next attempt comes in time (${waitedS.toFixed(1)} s)`;
      field.expect(name, waitedS >= leastS && waitedS <= mostS);
    }
    const gone = field.requests().filter(({ answer }) => answer === 410);
    field.expect('410 ends it at once', gone.length === OF_EACH);
  },
};

function timers(field: Field) {
  const { receiver } = field.stage;
  const fast = { retry: { delays_seconds: [1, 1, 1, 1] } };
  let host = FIRST_HOST;
  const several = (query: string) => {
    host += 1;
    return Array.from({ length: OF_EACH }, () => ({ url: field.url(query, host), seconds: 2, more: fast }));
  };
  const never = { seconds: 2, ends: 'failed' as const, more: { retry: { delays_seconds: [1] } } };
  return [
    ...FOR_A_WHILE.flatMap((query) => several(`${query}&for=2`)),
    ...ODD.flatMap(several),
    ...several('do=status&code=410').map((timer) => ({ ...timer, ends: 'failed' as const })),
    ...several('do=status&code=302&to=http://127.0.0.1/').map((timer) => ({ ...timer, ...never })),
    ...RETRY_AFTER.map(([header]) => ({
      url: receiver.url(
        `${retryPath(field, header)}?do=status&code=503&retry=${encodeURIComponent(header)}&for=1`,
        ++host,
      ),
      ...{ seconds: 2, more: fast },
    })),
    { url: receiver.resettingUrl(field.path()), ...never },
    { url: receiver.tlsUrl(field.path()), ...never },
  ];
}

const retryPath = (field: Field, header: string) =>
  `${field.prefix}retry-after-${RETRY_AFTER.findIndex(([h]) => h === header)}`;

/** `Retry-After` of thousands of years: it must wait, and not for longer than a day. */
async function askedToWaitForever(field: Field): Promise<[string, string]> {
  const url = field.url('do=status&code=503&retry=999999999999', 59);
  const { id = '' } = await field.driver.set({ url, seconds: 1 });
  const timer = await waitUntil('it is to wait', async () => {
    const { timer: now } = await field.driver.get(id);
    return now?.status === 'retrying' && now;
  });
  const hours = (Date.parse(timer.next_attempt_at ?? '') - Date.now()) / 3_600_000;
  field.expect(`it waits for a day at most (${hours.toFixed(1)} hours)`, hours > 1 && hours <= 24.1);
  return [new URL(url).pathname, id];
}
