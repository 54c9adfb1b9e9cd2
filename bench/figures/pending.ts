import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import { settle } from '../send.js';
import { Stage } from '../stage.js';
import { formatNumber } from '../statistics.js';
import { addLife, lifeCpu } from './cpu.js';
import { addLateness, RATES_PER_SECOND, sendAtRate } from './lateness.js';

const SIX_HOURS_SECONDS = 21_600;
const GOAL = { of: 'ratio', atMost: 1.2 } as const;

/** Lateness and CPU time beside many timers that are not due yet, and without them: two stages, in turn. */
export const pending: Figure = {
  name: 'pending',
  async measure({ rounds, concurrency, cpu: counts, latenessSeconds, pending: count }, say) {
    const title = `With ${formatNumber(count)} timers pending, and without`;
    const result = new Result('pending', title, ['with', 'without'], say);
    const stages: Stage[] = [];
    try {
      stages.push(await Stage.open(), await Stage.open());
      result.engineVersion = await (stages[0] as Stage).engineVersion();
      await fill(stages[0] as Stage, concurrency, count);
      for (const stage of stages) await lifeCpu(stage, stage.ours, concurrency, 200);
      for (let round = 0; round < rounds; round++) {
        for (const [column, stage] of stages.entries()) {
          for (const perSecond of RATES_PER_SECOND) {
            const sent = await sendAtRate(stage, stage.ours, perSecond, latenessSeconds);
            addLateness(result, column as 0 | 1, perSecond, sent, GOAL);
          }
          addLife(result, column as 0 | 1, await lifeCpu(stage, stage.ours, concurrency, counts.ours), GOAL);
        }
      }
      return result;
    } finally {
      for (const stage of stages) await stage.close();
    }
  },
};

async function fill(stage: Stage, concurrency: number, count: number): Promise<void> {
  const { duesMs, firstError } = await stage.ours.load.ask({
    url: stage.receiverUrl,
    tag: 'pending',
    pace: { concurrency, count },
    due: { inSeconds: [SIX_HOURS_SECONDS] },
  });
  const refused = duesMs.filter((dueMs) => !Number.isFinite(dueMs)).length;
  if (refused > 0) throw new Error(`${refused} of ${count} pending timers were refused: ${firstError}`);
  await settle(stage);
}
