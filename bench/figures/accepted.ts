import { cpuSeconds, cpuSince, total } from '../cpu.js';
import { Result } from '../figure.js';
import type { Figure, Goal } from '../figure.js';
import type { LoadOutcome } from '../load.js';
import { settle } from '../send.js';
import { Stage } from '../stage.js';
import { percentile } from '../statistics.js';
import { columnsOf } from './columns.js';

const HOUR_SECONDS = 3_600;
/** Requests under way at a time. The goal is for the middle one, and the peers are measured with that alone. */
const CONCURRENT = [16, 64, 256];
const GOAL_AT = 64;

/** Accepted timers per second against workflow starts per second. None of them comes due meanwhile. */
export const accepted: Figure = {
  name: 'accepted',
  async measure({ rounds, acceptSeconds }, say) {
    const stage = await Stage.open({ peers: true });
    try {
      const title = `Accepted per second, ${CONCURRENT.join(', ')} concurrent for ${acceptSeconds} s`;
      const result = new Result('accepted', title, columnsOf(stage), say);
      result.engineVersion = await stage.engineVersion();
      for (const line of stage.missing) result.note(line);
      for (let round = 0; round <= rounds; round++) {
        for (const concurrency of CONCURRENT) {
          for (const [column, side] of stage.sides.entries()) {
            if (column > 1 && concurrency !== GOAL_AT) continue;
            await settle(stage, side);
            // The first round warms up and is not counted.
            const durationMs = round === 0 ? 1_000 : acceptSeconds * 1000;
            const before = cpuSeconds(side.processes);
            const outcome = await side.load.ask({
              url: stage.receiverUrl,
              tag: 'accepted',
              pace: { concurrency, durationMs },
              due: { inSeconds: [HOUR_SECONDS] },
            });
            if (round === 0) continue;
            const goal = concurrency === GOAL_AT ? ({ of: 'ratio', atLeast: 10 } as const) : undefined;
            addAccepted(result, column, outcome, goal, `${concurrency} concurrent, `);
            if (!goal) continue;
            // With what comes of it a moment later.
            await settle(stage, side);
            const cpuMs = total(cpuSince(before, side.processes)) * 1000;
            const count = outcome.duesMs.filter(Number.isFinite).length;
            result.add(column, `${concurrency} concurrent, CPU per timer`, cpuMs / count, 'ms');
          }
        }
      }
      const rows = CONCURRENT.map((concurrency) => `${concurrency} concurrent, accepted`);
      result.plot('Accepted per second', 'per s', rows);
      return result;
    } finally {
      await stage.close();
    }
  },
};

export function addAccepted(
  result: Result,
  column: number,
  outcome: LoadOutcome,
  goal?: Goal,
  prefix = '',
): void {
  const { duesMs, answerMs, elapsedMs, firstError } = outcome;
  const count = duesMs.filter(Number.isFinite).length;
  result.add(column, `${prefix}accepted`, (count * 1000) / elapsedMs, 'per s', goal);
  result.add(column, `${prefix}answered after, p50`, percentile(answerMs, 0.5), 'ms');
  result.add(column, `${prefix}answered after, p99`, percentile(answerMs, 0.99), 'ms');
  const refused = duesMs.length - count;
  if (refused > 0) result.note(`${result.columns[column]}: ${refused} refused (${firstError})`);
}
