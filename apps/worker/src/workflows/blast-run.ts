import { BLAST_LANES, laneShare } from '#contracts/blast.js';
import type { BatchEnd, BlastEnd, BlastState, BlastView } from '#contracts/blast.js';

/** Whatever is waited for is looked at again after so long, should nobody have told of a change. */
const LOOK_AGAIN_MS = 600_000;

/**
 * What is to be done next:
 * - `look`: find out how the blast stands
 * - `list`: make its list
 * - `begin`: begin a batch in each of these lanes
 * - `stop`: have the batches that are under way end
 * - `wait`: for a change, the end of a batch, or this time
 * - `end`: end it so
 * - `leave`: there is nothing more to do
 */
export type BlastStep =
  | { do: 'look' | 'list' | 'stop' | 'leave' }
  | { do: 'begin'; lanes: number[] }
  | { do: 'wait'; untilMs: number }
  | { do: 'end'; end: BlastEnd };

/** What the workflow of a blast decides. How the blast stands is in the database; this knows what is under way. */
export class BlastRun {
  /** Undefined: has to be looked up. Null: there is none any more. */
  view?: BlastView | null;
  /** The lanes with a batch under way. */
  readonly busy = new Set<number>();
  private changes = 0;

  constructor(readonly state: BlastState) {}

  /** What was seen is old. */
  changed(): void {
    this.changes += 1;
    this.view = undefined;
  }

  /** To be called before the blast is looked at, with what it is seen as afterwards. */
  looking(): (view: BlastView | null) => void {
    const { changes } = this;
    return (view) => {
      // What was seen may be older than a change that was told meanwhile.
      if (changes === this.changes) this.view = view;
    };
  }

  /** The number of the batch that is begun in this lane. */
  begun(lane: number, nowMs: number): number {
    this.busy.add(lane);
    // Also greater than those of a run that nobody remembers.
    this.state.batch = Math.max(this.state.batch + 1, nowMs);
    return this.state.batch;
  }

  /** A batch has ended; without an end it was lost. */
  ended(lane: number, end?: BatchEnd): void {
    this.busy.delete(lane);
    if (end?.why !== 'full') this.view = undefined;
  }

  next(nowMs: number): BlastStep {
    const { view, busy } = this;
    if (view === undefined) return { do: 'look' };
    const ending = this.ending(nowMs);
    if (ending && busy.size > 0) return { do: 'stop' };
    if (ending) return ending;
    if (view?.status === 'running') return this.sending(view, nowMs);
    if (busy.size > 0) return { do: 'stop' };
    const { status, startMs = 0 } = view as BlastView;
    if (status === 'listing') return { do: 'list' };
    if (status === 'scheduled') return startMs > nowMs ? this.wait(nowMs, startMs) : { do: 'list' };
    return this.wait(nowMs);
  }

  private ending(nowMs: number): BlastStep | undefined {
    const { view } = this;
    if (!view || ['draft', 'finished', 'canceled', 'killed'].includes(view.status)) return { do: 'leave' };
    if ((view.killMs ?? Infinity) <= nowMs) return { do: 'end', end: 'killed' };
    return view.status === 'ending' ? { do: 'end', end: 'canceled' } : undefined;
  }

  private sending(view: BlastView, nowMs: number): BlastStep {
    const { nextMs } = view;
    if (nextMs === undefined) return this.busy.size > 0 ? this.wait(nowMs) : { do: 'end', end: 'finished' };
    if (nextMs > nowMs) return this.wait(nowMs, nextMs);
    const free = Array.from({ length: BLAST_LANES }, (_, lane) => lane).filter(
      (lane) => !this.busy.has(lane) && laneShare(view.parallelism, lane) > 0,
    );
    return free.length > 0 ? { do: 'begin', lanes: free } : this.wait(nowMs);
  }

  private wait(nowMs: number, untilMs = Infinity): BlastStep {
    const killMs = this.view?.killMs ?? Infinity;
    return { do: 'wait', untilMs: Math.min(untilMs, killMs, nowMs + LOOK_AGAIN_MS) };
  }
}
