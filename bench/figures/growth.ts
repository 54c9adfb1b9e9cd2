import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds, cpuSince, total } from '../cpu.js';
import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import { residentMiB } from '../memory.js';
import { settle } from '../send.js';
import { Stage } from '../stage.js';
import { formatNumber } from '../statistics.js';
import { addLife, lifeCpu } from './cpu.js';
import { fill } from './pending.js';

/** What the processes need for timers that only wait, and what one timer costs beside them: three stages, in turn. */
export const growth: Figure = {
  name: 'growth',
  async measure({ rounds, concurrency, growth: counts, cpu, idleSeconds }, say) {
    const columns = counts.map((count) => `${formatNumber(count)} pending`);
    const title = `Memory, CPU time and cost per timer with ${counts.map(formatNumber).join(', ')} timers pending`;
    // The ratio is that of the most to the fewest.
    const order = [0, 2, 1] as const;
    const result = new Result(
      'growth',
      title,
      order.map((index) => columns[index] ?? ''),
      say,
    );
    const stages: Stage[] = [];
    try {
      for (const [column, index] of order.entries()) {
        const stage = await Stage.open();
        stages.push(stage);
        await lifeCpu(stage, stage.ours, concurrency, 500);
        const empty = await addIdle(result, column, stage, 'nothing pending', idleSeconds);
        await fill(stage, concurrency, counts[index] ?? 0);
        const full = await addIdle(result, column, stage, 'pending', idleSeconds);
        result.add(column, 'worker, memory beyond that', full.worker - empty.worker, 'MiB', {
          ...{ of: 'value', atMost: 50 },
        });
        result.add(column, 'server, memory beyond that', full.server - empty.server, 'MiB');
      }
      result.engineVersion = await (stages[0] as Stage).engineVersion();
      for (let round = 0; round < rounds; round++) {
        for (const [column, stage] of stages.entries()) {
          const life = await lifeCpu(stage, stage.ours, concurrency, cpu.ours);
          addLife(result, column, life, { of: 'ratio', atMost: 1.05 });
        }
      }
      const memory = ['nothing pending', 'pending'].map((when) => `worker, memory, ${when}`);
      result.plot('Memory of the worker', 'MiB', memory);
      result.plot('CPU time of a timer over its life', 'ms', ['CPU per timer']);
      return result;
    } finally {
      for (const stage of stages) await stage.close();
    }
  },
};

async function addIdle(result: Result, column: number, stage: Stage, when: string, seconds: number) {
  await settle(stage);
  const { processes } = stage.ours;
  const before = cpuSeconds(processes);
  await sleep(seconds * 1000);
  const used = cpuSince(before, processes);
  const perSecond = (cpu: number) => (cpu * 1000) / seconds;
  const memory = { server: residentMiB(processes.server ?? 0), worker: residentMiB(processes.worker ?? 0) };
  for (const name of ['server', 'worker'] as const) {
    result.add(column, `${name}, memory, ${when}`, memory[name], 'MiB');
    result.add(column, `${name}, CPU time per second, ${when}`, perSecond(used[name] ?? 0), 'ms');
  }
  result.add(column, `engine too, CPU time per second, ${when}`, perSecond(total(used)), 'ms');
  return memory;
}
