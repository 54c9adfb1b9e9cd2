import type {
  CustomSlotSupplier,
  SlotMarkUsedContext,
  SlotPermit,
  SlotReleaseContext,
  SlotReserveContext,
  WorkflowSlotInfo,
} from '@temporalio/worker';
import { Places } from './places.js';

/** A task that took long for a reason of its own does not keep new workflows waiting for longer than this. */
const MAX_REST_MS = 250;

interface Permit extends SlotPermit {
  isSticky: boolean;
  usedMs?: number;
}

/**
 * Hands out the slots for workflow tasks of one queue so that thousands of new workflows do not keep everything busy:
 * they are taken up one at a time, and after each there is a rest of as long as it took, times what `rest` says. The busier worker
 * and engine are, the longer that is. What has been taken up goes on in `tasks` slots of its own and never waits for what
 * is new. The backlog stays where tenants take turns: the engine's queues for workflows that a worker knows have no turns.
 */
export class PacedTakeUp implements CustomSlotSupplier<WorkflowSlotInfo> {
  readonly type = 'custom';

  private readonly known: Places;
  private readonly fresh = new Places(1);

  constructor(private readonly options: { tasks: number; rest: () => number }) {
    this.known = new Places(options.tasks);
  }

  async reserveSlot({ isSticky }: SlotReserveContext, signal: AbortSignal): Promise<SlotPermit> {
    await (isSticky ? this.known : this.fresh).take(signal);
    return { isSticky } satisfies Permit;
  }

  /** Only asked for what is not polled for, which workflow tasks never are here. */
  tryReserveSlot(): null {
    return null;
  }

  markSlotUsed({ permit }: SlotMarkUsedContext<WorkflowSlotInfo>): void {
    (permit as Permit).usedMs = performance.now();
  }

  releaseSlot({ permit }: SlotReleaseContext<WorkflowSlotInfo>): void {
    const { isSticky, usedMs } = permit as Permit;
    if (isSticky) this.known.give();
    else if (usedMs === undefined) this.fresh.give();
    else setTimeout(() => this.fresh.give(), this.restMs(performance.now() - usedMs)).unref();
  }

  private restMs(tookMs: number): number {
    return Math.min(tookMs * this.options.rest(), MAX_REST_MS);
  }
}
