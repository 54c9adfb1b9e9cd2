import { Result } from '../figure.js';
import type { Figure, Goal } from '../figure.js';
import type { LoadOutcome } from '../load.js';
import { settle } from '../send.js';
import { Stage } from '../stage.js';
import { percentile } from '../statistics.js';

const HOUR_SECONDS = 3_600;

/** Accepted timers per second against workflow starts per second. None of them comes due meanwhile. */
export const accepted: Figure = {
  name: 'accepted',
  async measure({ rounds, concurrency, acceptSeconds }, say) {
    const title = `Accepted per second, ${concurrency} concurrent for ${acceptSeconds} s`;
    const result = new Result('accepted', title, ['POST /timers', 'bare workflow.start'], say);
    const stage = await Stage.open();
    try {
      result.engineVersion = await stage.engineVersion();
      for (let round = 0; round <= rounds; round++) {
        for (const [column, side] of stage.sides.entries()) {
          await settle(stage);
          // The first round warms up and is not counted.
          const durationMs = round === 0 ? 2_000 : acceptSeconds * 1000;
          const outcome = await side.load.ask({
            url: stage.receiverUrl,
            tag: 'accepted',
            pace: { concurrency, durationMs },
            due: { inSeconds: [HOUR_SECONDS] },
          });
          if (round === 0) continue;
          addAccepted(result, column as 0 | 1, outcome, { of: 'ratio', atLeast: 5 });
        }
      }
      return result;
    } finally {
      await stage.close();
    }
  },
};

export function addAccepted(result: Result, column: 0 | 1, outcome: LoadOutcome, goal: Goal): void {
  const { duesMs, answerMs, elapsedMs, firstError } = outcome;
  const count = duesMs.filter(Number.isFinite).length;
  result.add(column, 'accepted', (count * 1000) / elapsedMs, 'per s', goal);
  result.add(column, 'answered after, p50', percentile(answerMs, 0.5), 'ms');
  result.add(column, 'answered after, p99', percentile(answerMs, 0.99), 'ms');
  const refused = duesMs.length - count;
  if (refused > 0) result.note(`${result.columns[column]}: ${refused} refused (${firstError})`);
}
