import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import { send, settle } from '../send.js';
import { countFor } from '../settings.js';
import { Stage } from '../stage.js';
import type { Side } from '../stage.js';
import { formatNumber } from '../statistics.js';
import { columnsOf } from './columns.js';
import { addFaults } from './lateness.js';

const DELAY_SECONDS = 3;

/** Workers are away while timers come due, and come back: how long until the last is sent. */
export const overdue: Figure = {
  name: 'overdue',
  async measure({ rounds, concurrency, overdue: counts }, say) {
    const stage = await Stage.open({ peers: true });
    try {
      const title = `Workers away while ${formatNumber(counts.ours)} timers come due (${formatNumber(counts.bare)} bare workflows), and back`;
      const result = new Result('overdue', title, columnsOf(stage), say);
      result.engineVersion = await stage.engineVersion();
      for (const line of stage.missing) result.note(line);
      for (let round = 0; round < rounds; round++) {
        for (const [column, side] of stage.sides.entries()) {
          await addReturn(result, column, stage, side, countFor(side, counts), concurrency);
        }
      }
      const rows = ['from when the worker was started', 'from the first on'].map(
        (from) => `sent per second, ${from}`,
      );
      result.plot('After the workers were away', 'sent per second', rows, { logarithmic: true });
      return result;
    } finally {
      await stage.close();
    }
  },
};

async function addReturn(
  result: Result,
  column: number,
  stage: Stage,
  side: Side,
  count: number,
  concurrency: number,
): Promise<void> {
  await settle(stage, side);
  await side.worker.stop();
  let backMs = 0;
  const comeBack = async (lastDueMs: number) => {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, lastDueMs + 1_000 - Date.now())));
    backMs = Date.now();
    await side.worker.start();
  };
  const load = { pace: { concurrency, count }, due: { inSeconds: [DELAY_SECONDS] } };
  const sent = await send(stage, side, load, comeBack);
  const seconds = (atMs: number) => (atMs - backMs) / 1000;
  result.add(
    column,
    'from when the worker was started until the first was sent',
    seconds(sent.firstAtMs),
    's',
  );
  result.add(column, 'until the last was sent', seconds(sent.lastAtMs), 's');
  const perSecond = sent.latenessMs.length / seconds(sent.lastAtMs);
  const first = { of: 'value', first: 'highest' } as const;
  result.add(column, 'sent per second, from when the worker was started', perSecond, 'per s', first);
  const fromFirst = (sent.lastAtMs - sent.firstAtMs) / 1000;
  result.add(column, 'sent per second, from the first on', sent.latenessMs.length / fromFirst, 'per s');
  result.add(column, 'lost', sent.lost, '', { of: 'value', atMost: 0 });
  result.add(column, 'sent twice', sent.doubled, '', { of: 'value', atMost: 0 });
  addFaults(result, column, sent);
}
