import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import { Stage } from '../stage.js';
import { formatNumber } from '../statistics.js';
import { addLife, lifeCpu } from './cpu.js';

/** What it was before docs/decisions/0045-wide-windows.md, and what takes all timers of a group of this figure into one window. */
const WIDTHS_MS = [3_000, 10_000];

/** What a window costs: the load of `cpu` on wheels that need more windows for it, or fewer. Two stages, in turn. */
export const width: Figure = {
  name: 'width',
  async measure({ rounds, concurrency, cpu }, say) {
    const title = `CPU time over the life of ${formatNumber(cpu.ours)} timers, by the width of a window`;
    const columns = WIDTHS_MS.map((ms) => `WHEEL_WIDTH_MS=${ms}`);
    const result = new Result('width', title, columns, say);
    const stages: Stage[] = [];
    try {
      for (const ms of WIDTHS_MS) stages.push(await Stage.open({ env: { WHEEL_WIDTH_MS: String(ms) } }));
      result.engineVersion = await (stages[0] as Stage).engineVersion();
      for (const stage of stages) await lifeCpu(stage, stage.ours, concurrency, 500);
      for (let round = 0; round < rounds; round++) {
        for (const [column, stage] of stages.entries())
          addLife(result, column, await lifeCpu(stage, stage.ours, concurrency, cpu.ours));
      }
      return result;
    } finally {
      for (const stage of stages) await stage.close();
    }
  },
};
