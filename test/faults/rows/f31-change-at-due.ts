import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from '../row.js';

const PAIRS = 150;
/** In time, and too late. */
const LEAST_DECIDED = 10;

export const changeAtDue: Row = {
  id: 'F31',
  title: 'Cancels and moves at the very moment when their timers are due',
  short: true,
  async run(field) {
    const { driver, random } = field;
    const nowMs = Date.now();
    const counts: Record<string, number> = {};
    await Promise.all(
      Array.from({ length: PAIRS }, async (_, index) => {
        const dueMs = nowMs + random.between(5_000, 20_000);
        const url = field.url('');
        const askMs = dueMs + random.between(-800, 50);
        const { id } = await driver.set({ url, fireAt: new Date(dueMs) });
        if (!id) return;
        await sleep(Math.max(0, askMs - Date.now()));
        const key = new URL(url).pathname;
        const isCancel = index % 2 === 0;
        const status = isCancel
          ? await driver.cancel(key, id)
          : await driver.move(key, id, new Date(dueMs + 4_000));
        const what = `${isCancel ? 'cancel' : 'move'} ${status}`;
        counts[what] = (counts[what] ?? 0) + 1;
      }),
    );
    field.notes.push(JSON.stringify(counts));
    const count = (statuses: RegExp) =>
      Object.entries(counts).reduce((sum, [what, times]) => sum + (statuses.test(what) ? times : 0), 0);
    // 202 and 503 say that it could not be decided in time: what came of it is for the log to show.
    field.expect('nothing else is answered', count(/(200|202|409|503)$/) === count(/./));
    for (const status of [200, 409])
      field.expect(`some are answered ${status}`, count(new RegExp(`${status}$`)) >= LEAST_DECIDED);
  },
};
