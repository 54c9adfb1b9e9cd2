import { setTimeout as sleep } from 'node:timers/promises';
import type { BlastPace, BlastSending } from '#database/blast-sending.js';
import type { Flows } from '#database/flows.js';
import type { EngineClock } from '../webhook/engine-clock.js';
import type { FlowGate } from '../webhook/flow-gate.js';

/** So old may what is known of the pace be: a change comes into force within it. */
const FRESH_MS = 400;
/** Of places, so many are taken at a time as there are within this. */
const PLACES_MS = 250;
/** Recipients are claimed no earlier than this before their place. */
const CLAIM_AHEAD_MS = 100;

/** Places in the line of a blast, in ms of `performance.now()`; `leave` gives back what a provider was asked for. */
export interface Places {
  atMs: number[];
  leave: () => void;
}

/** How fast a blast may go: by its own rate, and by what its provider takes, both shared by all workers. */
export class Pacing {
  private known?: BlastPace;
  private knownMs = -Infinity;
  private asked?: Promise<BlastPace | undefined>;

  constructor(
    private readonly blast: { tenant: string; id: string; lane: number; provider?: string },
    private readonly sending: BlastSending,
    private readonly flows: Flows,
    private readonly gate: FlowGate,
    private readonly clock: EngineClock,
  ) {}

  /** What the client wants now; undefined if the blast is gone. */
  async pace(): Promise<BlastPace | undefined> {
    if (performance.now() - this.knownMs < FRESH_MS) return this.known;
    return (this.asked ??= this.ask().finally(() => (this.asked = undefined)));
  }

  /** At most so many places, when the first of them is near; none if it is over, or the pace has changed, before that. */
  async places({ rate }: BlastPace, count: number, over: AbortSignal): Promise<Places> {
    const { provider } = this.blast;
    const none = { atMs: [], leave: () => undefined };
    const limited = provider !== undefined && this.gate.limitsProvider(provider);
    const leave = limited ? await this.passProvider(provider, over) : () => undefined;
    if (!leave) return none;
    try {
      const atMs = await this.inLine(rate, limited ? 1 : count, over);
      if (atMs) return { atMs, leave };
    } catch (error) {
      // Else nobody would ever have that place at the provider again.
      leave();
      throw error;
    }
    leave();
    return none;
  }

  private async ask(): Promise<BlastPace | undefined> {
    this.known = await this.sending.pace(this.blast.id, this.blast.lane);
    this.knownMs = performance.now();
    return this.known;
  }

  /** Undefined if it is over, or the pace has changed, before the first of the places. */
  private async inLine(rate: number | null, most: number, over: AbortSignal): Promise<number[] | undefined> {
    if (rate === null) return Array.from({ length: most }, () => -Infinity);
    const { tenant, id } = this.blast;
    const wanted = Math.min(most, Math.max(1, Math.floor((rate * PLACES_MS) / 1_000)));
    // With another rate it is another line: who waits far back in the old one has no part in it.
    const line = { key: `blast:${id}:${rate}`, intervalMs: 1_000 / rate };
    const askedMs = performance.now();
    const waits = await this.flows.takePlaces(
      tenant,
      [line],
      Array.from({ length: wanted }, () => 0),
    );
    const atMs = waits.map((waitMs) => askedMs + waitMs);
    while ((atMs[0] ?? 0) - performance.now() > CLAIM_AHEAD_MS) {
      const leftMs = (atMs[0] ?? 0) - performance.now() - CLAIM_AHEAD_MS;
      await sleep(Math.min(leftMs, FRESH_MS), undefined, { signal: over }).catch(() => undefined);
      const now = over.aborted ? undefined : await this.pace();
      if (now?.status !== 'running' || now.rate !== rate || !now.senderActive) return undefined;
    }
    return atMs;
  }

  private async passProvider(provider: string, over: AbortSignal): Promise<(() => void) | undefined> {
    let due: { atMs: number; hasPlace?: boolean } | undefined;
    while (!over.aborted) {
      const pass = await this.gate.enterProvider(provider, over, due);
      if (pass.leave) return pass.leave;
      const leftMs = pass.untilMs - this.clock.now();
      await sleep(Math.max(0, leftMs), undefined, { signal: over }).catch(() => undefined);
      due = { atMs: pass.untilMs, hasPlace: pass.hasPlace };
    }
    return undefined;
  }
}
