import { Result } from '../figure.js';
import type { Figure, Goal } from '../figure.js';
import { send, settle } from '../send.js';
import type { Sent } from '../send.js';
import { countFor } from '../settings.js';
import { Stage } from '../stage.js';
import type { Side } from '../stage.js';
import { formatNumber } from '../statistics.js';
import { columnsOf } from './columns.js';
import { addFaults } from './lateness.js';

/** What each side is given at least, in seconds and per second, to take the timers before they are due. */
const AHEAD_SECONDS = 6;
const ACCEPTS_PER_SECOND: Record<string, number> = { bare: 60, 'graphile-worker': 350 };
const MOST_ACCEPT_PER_SECOND = 800;

/** Many timers due in one second: when the last of them arrives. The bare side gets fewer, as starting them takes long. */
export const burst: Figure = {
  name: 'burst',
  async measure({ rounds, concurrency, burst: counts }, say) {
    const stage = await Stage.open({ peers: true });
    try {
      const title = `Due in one second: ${formatNumber(counts.ours)} timers, ${formatNumber(counts.bare)} bare workflows`;
      const result = new Result('burst', title, columnsOf(stage), say);
      for (const line of stage.missing) result.note(line);
      result.engineVersion = await stage.engineVersion();
      for (let round = 0; round <= rounds; round++) {
        for (const [column, side] of stage.sides.entries()) {
          // The first round is small, warms up and is not counted.
          const count = round === 0 ? 200 : countFor(side, counts);
          const sent = await sendBurst(stage, side, concurrency, count);
          if (round > 0) addBurst(result, column, sent);
        }
      }
      result.plot('Due in one second', 'sent per second', ['sent per second'], { logarithmic: true });
      return result;
    } finally {
      await stage.close();
    }
  },
};

interface Burst extends Sent {
  /** When the second began in which all are due. */
  secondMs: number;
}

export async function sendBurst(
  stage: Stage,
  side: Side,
  concurrency: number,
  count: number,
): Promise<Burst> {
  await settle(stage, side);
  const aheadMs = (AHEAD_SECONDS + count / (ACCEPTS_PER_SECOND[side.name] ?? MOST_ACCEPT_PER_SECOND)) * 1000;
  const secondMs = Math.ceil((Date.now() + aheadMs) / 1000) * 1000;
  return { secondMs, ...(await send(stage, side, { pace: { concurrency, count }, due: { secondMs } })) };
}

export function addBurst(result: Result, column: number, sent: Burst, goal?: Goal): void {
  const { secondMs, lastAtMs, latenessMs, outcome } = sent;
  const seconds = (lastAtMs - secondMs) / 1000;
  result.add(column, 'from the start of that second until the last was sent', seconds, 's', goal);
  const first = { of: 'value', first: 'highest' } as const;
  result.add(column, 'sent per second', latenessMs.length / seconds, 'per s', first);
  result.add(column, 'lost', sent.lost, '', { of: 'value', atMost: 0 });
  result.add(column, 'sent twice', sent.doubled, '', { of: 'value', atMost: 0 });
  addFaults(result, column, sent);
  const missed = outcome.duesMs.filter((dueMs) => dueMs >= secondMs + 1000).length;
  if (missed > 0) {
    result.note(`${result.columns[column]}: ${missed} were accepted too late to be due in that second`);
  }
}
