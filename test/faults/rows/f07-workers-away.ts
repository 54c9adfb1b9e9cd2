import { percentile } from '../../../bench/statistics.js';
import { waitUntil } from '../../../scripts/wait-until.js';
import type { Row } from '../row.js';

const TIMERS = 2_000;
/** DELIVERY_CONCURRENCY_PER_DESTINATION, for each of two workers. */
const MOST_PARALLEL = 200;
/** Of a list of the API, p95, while the backlog is worked off. */
const LIST_MS = 500;

export const workersAway: Row = {
  id: 'F07',
  title: 'All workers are down while 2,000 timers fall due, for 20 s or more',
  settleMs: 120_000,
  async run(field) {
    const { driver, faults, stage } = field;
    const { workers } = stage.system;
    const timers = field.spread(TIMERS, 4, 18, 'do=slow&ms=50');
    for (let from = 0; from < TIMERS; from += 500) await driver.setBatch(timers.slice(from, from + 500));
    await faults.orderly('SIGTERM of all workers', 0, async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      const lastMs = Math.max(...timers.map(({ fireAt }) => Number(fireAt)));
      await waitUntil('all are overdue', () => Date.now() > lastMs + 2_000);
    });
    for (const worker of workers) worker.start();
    const answeredMs: number[] = [];
    await waitUntil(
      'all are sent',
      async () => {
        const askedMs = performance.now();
        await driver.ask('GET', '/timers?limit=1');
        answeredMs.push(performance.now() - askedMs);
        return new Set(field.requests().map(({ path }) => path)).size >= TIMERS;
      },
      { timeoutMs: 120_000, everyMs: 250 },
    );
    const p95Ms = Math.round(percentile(answeredMs, 0.95));
    field.notes.push(`lists of the API meanwhile: p95 ${p95Ms} ms`);
    field.expect(`lists are answered within ${LIST_MS} ms (p95 ${p95Ms})`, p95Ms <= LIST_MS);
  },
  after(_verdict, field) {
    const parallel = Math.max(...field.requests().map((request) => request.parallel));
    field.notes.push(`at most ${parallel} requests under way at a time`);
    field.expect(`at most ${MOST_PARALLEL} under way (${parallel})`, parallel <= MOST_PARALLEL);
  },
};
