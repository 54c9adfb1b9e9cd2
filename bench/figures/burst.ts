import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import { send, settle } from '../send.js';
import { Stage } from '../stage.js';
import { formatNumber } from '../statistics.js';
import { addFaults } from './lateness.js';

/** What each side is given at least, in seconds and per second, to take the timers before they are due. */
const AHEAD_SECONDS = 6;
const ACCEPTS_PER_SECOND = { ours: 1_000, bare: 60 };

/** Many timers due in one second: when the last of them arrives. The bare side gets fewer, as starting them takes long. */
export const burst: Figure = {
  name: 'burst',
  async measure({ rounds, concurrency, burst: counts }, say) {
    const title = `Due in one second: ${formatNumber(counts.ours)} timers, ${formatNumber(counts.bare)} bare workflows`;
    const result = new Result('burst', title, ['Timekeeper', 'bare workflow'], say);
    const stage = await Stage.open();
    try {
      result.engineVersion = await stage.engineVersion();
      for (let round = 0; round <= rounds; round++) {
        for (const [column, side] of stage.sides.entries()) {
          await settle(stage);
          // The first round is small, warms up and is not counted.
          const count = round === 0 ? 200 : counts[side.name];
          const aheadMs = (AHEAD_SECONDS + count / ACCEPTS_PER_SECOND[side.name]) * 1000;
          const secondMs = Math.ceil((Date.now() + aheadMs) / 1000) * 1000;
          const sent = await send(stage, side, { pace: { concurrency, count }, due: { secondMs } });
          if (round === 0) continue;
          const seconds = (sent.lastAtMs - secondMs) / 1000;
          const of = column as 0 | 1;
          result.add(of, 'from the start of that second until the last was sent', seconds, 's');
          result.add(of, 'sent per second', sent.latenessMs.length / seconds, 'per s');
          result.add(of, 'lost', sent.lost, '', { of: 'value', atMost: 0 });
          result.add(of, 'sent twice', sent.doubled, '', { of: 'value', atMost: 0 });
          addFaults(result, of, sent);
          const missed = sent.outcome.duesMs.filter((dueMs) => dueMs >= secondMs + 1000).length;
          if (missed > 0)
            result.note(`${side.name}: ${missed} were accepted too late to be due in that second`);
        }
      }
      return result;
    } finally {
      await stage.close();
    }
  },
};
