import { setTimeout as sleep } from 'node:timers/promises';
import type { BlastWindow } from '#contracts/blast.js';
import type { SkipReason } from '#contracts/email.js';
import type { BlastSending, ClaimedRecipient, LaneHolder } from '#database/blast-sending.js';
import { nextOpenMs } from '#messages/send-times.js';
import type { BlastMessage, BlastRules } from '../../recipients/blast-message.js';
import type { Outcome } from '../../recipients/blast-outcome.js';
import type { BlastSender } from '../../recipients/blast-sender.js';
import type { EngineClock } from '../webhook/engine-clock.js';
import type { Lease } from '../lease/lease.js';
import type { Seats } from './seats.js';

/** Who has waited for longer, such as for a connection to the mail server, may have opted out meanwhile. */
const STALE_MS = 2_000;

export interface TurnOptions {
  holder: LaneHolder;
  rules: BlastRules;
  message: BlastMessage;
  /** The zone of recipients who have none. */
  timezone: string;
  window?: BlastWindow;
  sending: BlastSending;
  sender: BlastSender;
  clock: EngineClock;
  lease: Lease;
  /** Asks the database until it answers. */
  persist: <T>(ask: () => Promise<T>) => Promise<T>;
  seats: Seats;
  /** Nothing is begun any more. */
  over: AbortSignal;
  /** Nothing is begun from then on. */
  killMs: () => number;
  /** What goes wrong beside the message itself. */
  onFailure: (error: Error) => void;
}

/** The turn of each recipient of a batch: it waits for its place and a seat, and is begun if everything still speaks for it. */
export class Turns {
  constructor(private readonly options: TurnOptions) {}

  /** What came of it; to be given its seat back afterwards. Throws `NoMailServer`. */
  async take(
    recipient: ClaimedRecipient,
    placeMs: number,
    reasonAgainst: SkipReason | undefined,
  ): Promise<Outcome & { away?: boolean }> {
    const { sender, rules, message, lease, clock, over, seats } = this.options;
    const askedMs = performance.now();
    const leftMs = placeMs - askedMs;
    const place = leftMs > 0 && sleep(leftMs, undefined, { signal: over }).catch(() => undefined);
    // Whose name servers are slow takes nobody's seat meanwhile.
    const problem = reasonAgainst ? undefined : await sender.problemWith(rules, recipient);
    await place;
    await seats.take();
    const openMs = this.opensMs(recipient);
    if (openMs > clock.now()) return { status: 'pending', uncounted: true, sendMs: openMs };
    if (problem !== undefined) return { status: 'failed', reason: problem, uncounted: true };
    let against = reasonAgainst;
    const mayBegin = async () => {
      if (performance.now() - askedMs > STALE_MS) against = await this.reasonAgainst(recipient);
      if (against || over.aborted || !(lease.held || (await lease.whenHeld()))) return false;
      return !over.aborted && clock.now() < this.options.killMs();
    };
    const outcome = await sender.send({ rules, message, recipient, reasonAgainst, mayBegin, over });
    return against === reasonAgainst ? outcome : { status: 'skipped', reason: against, uncounted: true };
  }

  private async reasonAgainst(recipient: ClaimedRecipient): Promise<SkipReason | undefined> {
    const { sender, rules, persist } = this.options;
    const reasons = await persist(() => sender.reasonsAgainst(rules, [recipient]));
    return reasonOf(recipient, reasons);
  }

  /** When the window where the recipient is opens next: now, if it is open. The others there are told at once. */
  private opensMs({ timezone }: ClaimedRecipient): number {
    const { window, sending, holder, persist, clock, onFailure } = this.options;
    const nowMs = clock.now();
    if (!window) return nowMs;
    const openMs = nextOpenMs(window, timezone ?? this.options.timezone, nowMs);
    if (openMs > nowMs) {
      const postpone = () => persist(() => sending.postponeZone(holder.blast, timezone, openMs));
      void postpone().catch((error: unknown) => onFailure(error as Error));
    }
    return openMs > nowMs ? openMs : nowMs;
  }
}

export function reasonOf(
  { address }: ClaimedRecipient,
  reasons: ReadonlyMap<string, SkipReason>,
): SkipReason | undefined {
  return address === null ? undefined : reasons.get(address);
}
