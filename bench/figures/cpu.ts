import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds, cpuSince, total } from '../cpu.js';
import type { CpuSeconds } from '../cpu.js';
import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import { send, settle } from '../send.js';
import type { Sent } from '../send.js';
import { Stage } from '../stage.js';
import type { Side } from '../stage.js';
import { countFor } from '../settings.js';
import { formatNumber } from '../statistics.js';
import { addFaults } from './lateness.js';

/** Due in 5 to 15 s. */
const DELAYS_SECONDS = Array.from({ length: 11 }, (_, index) => 5 + index);

/** CPU time of a timer over its whole life: accepted, slept, sent, closed. */
export const cpu: Figure = {
  name: 'cpu',
  async measure({ rounds, concurrency, cpu: counts, idleSeconds }, say) {
    const title = `CPU time over a timer's life: ${formatNumber(counts.ours)} timers, ${formatNumber(counts.bare)} bare workflows`;
    const result = new Result('cpu', title, ['Timekeeper', 'bare workflow'], say);
    const stage = await Stage.open();
    try {
      result.engineVersion = await stage.engineVersion();
      for (const side of stage.sides) await lifeCpu(stage, side, concurrency, 200);
      await addIdle(result, stage, idleSeconds);
      for (let round = 0; round < rounds; round++) {
        for (const [column, side] of stage.sides.entries()) {
          const life = await lifeCpu(stage, side, concurrency, countFor(side, counts));
          addLife(result, column, life, { of: 'ratio', atMost: 0.1 });
        }
      }
      result.plot('CPU time of a timer over its life', 'ms', ['CPU per timer']);
      return result;
    } finally {
      await stage.close();
    }
  },
};

export async function lifeCpu(stage: Stage, side: Side, concurrency: number, count: number) {
  await settle(stage, side);
  const before = cpuSeconds(side.processes);
  const sent = await send(stage, side, { pace: { concurrency, count }, due: { inSeconds: DELAYS_SECONDS } });
  return { sent, used: cpuSince(before, side.processes) };
}

export function addLife(
  result: Result,
  column: number,
  { sent, used }: { sent: Sent; used: CpuSeconds },
  goal?: { of: 'ratio'; atMost: number },
): void {
  const perTimerMs = (seconds: number) => (seconds * 1000) / sent.accepted;
  result.add(column, 'CPU per timer', perTimerMs(total(used)), 'ms', goal);
  for (const [name, seconds] of Object.entries(used)) {
    result.add(
      column,
      `of that, ${name.replace('bare ', '').replace('client', 'server')}`,
      perTimerMs(seconds),
      'ms',
    );
  }
  addFaults(result, column, sent);
}

/** Nothing was set: what the processes use all the same. */
async function addIdle(result: Result, stage: Stage, seconds: number): Promise<void> {
  for (const [column, side] of stage.sides.entries()) {
    await settle(stage, side);
    const before = cpuSeconds(side.processes);
    await sleep(seconds * 1000);
    const used = total(cpuSince(before, side.processes));
    result.add(column, 'idle, CPU time per second', (used * 1000) / seconds, 'ms');
  }
}
