import { setTimeout as sleep } from 'node:timers/promises';
import type { Processes } from './cpu.js';
import type { Side } from './stage.js';

/**
 * Which side of a stage runs. What stands by polls all the same, and some of it far more than others: so whoever is not
 * measured is stopped (SIGSTOP), and keeps its memory, connections and compiled code until it is its turn again.
 */
export class Turns {
  private readonly stopped = new Set<number>();

  constructor(
    private readonly sides: readonly Side[],
    /** What several of them need: the engine and its database run for those as well who do without. */
    private readonly shared: Processes,
  ) {}

  /** Has that side alone run; true if it was stopped until now. */
  async give(side: Side): Promise<boolean> {
    const own = new Set(Object.values(side.processes));
    const woken = [...this.stopped].some((pid) => own.has(pid));
    const all = this.sides.flatMap(({ processes }) => Object.values(processes));
    for (const pid of new Set(all)) {
      if (own.has(pid)) this.wake(pid);
      else if (!Object.values(this.shared).includes(pid)) this.stop(pid);
    }
    // Timers that rang meanwhile, and connections that the others have given up.
    if (woken) await sleep(1_000);
    return woken;
  }

  /** Has all sides run: what is stopped can not be ended in order. */
  end(): void {
    for (const pid of [...this.stopped]) this.wake(pid);
  }

  private stop(pid: number): void {
    if (this.stopped.has(pid)) return;
    process.kill(pid, 'SIGSTOP');
    this.stopped.add(pid);
  }

  private wake(pid: number): void {
    if (!this.stopped.delete(pid)) return;
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      // It has ended meanwhile, and whoever needs it will say so.
    }
  }
}
