import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import { send, settle } from '../send.js';
import type { Settings } from '../settings.js';
import { Stage } from '../stage.js';
import { formatNumber } from '../statistics.js';
import { addAccepted } from './accepted.js';
import { addBurst, sendBurst } from './burst.js';
import { addLife, lifeCpu } from './cpu.js';
import { addLateness, sendAtRate } from './lateness.js';

const SIX_HOURS_SECONDS = 21_600;
const RATES_PER_SECOND = [100, 10];
const GOAL = { of: 'ratio', atMost: 1.2 } as const;

/** Long enough that none is due while more are accepted, and short enough that none is left for the next round. */
const ACCEPTED_DUE_SECONDS = 20;

/** Every figure beside many timers that are not due yet, and without them: two stages, in turn. */
export const pending: Figure = {
  name: 'pending',
  async measure(settings, say) {
    const { rounds, concurrency, pending: count } = settings;
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
          await addAll(result, column, stage, settings);
        }
      }
      return result;
    } finally {
      for (const stage of stages) await stage.close();
    }
  },
};

async function addAll(result: Result, column: number, stage: Stage, settings: Settings): Promise<void> {
  const { concurrency, acceptSeconds, latenessSeconds, burst, cpu } = settings;
  for (const perSecond of RATES_PER_SECOND) {
    const sent = await sendAtRate(stage, stage.ours, perSecond, latenessSeconds);
    addLateness(result, column, perSecond, sent, GOAL);
  }
  addLife(result, column, await lifeCpu(stage, stage.ours, concurrency, cpu.ours), GOAL);
  addBurst(result, column, await sendBurst(stage, stage.ours, concurrency, burst.ours), GOAL);
  await settle(stage);
  const { outcome } = await send(stage, stage.ours, {
    pace: { concurrency, durationMs: acceptSeconds * 1000 },
    due: { inSeconds: [ACCEPTED_DUE_SECONDS] },
  });
  addAccepted(result, column, outcome, { of: 'ratio', atLeast: 0.83 });
}

/** Timers that are not due for hours. */
export async function fill(stage: Stage, concurrency: number, count: number): Promise<void> {
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
