import { UNCERTAIN } from '#contracts/booking.js';
import type { Appointment, AttendeeState, BookingMailOutcome, BookingNotice } from '#contracts/booking.js';
import { PLACE_LEAD_MS } from '#contracts/email.js';
import { timedNotices } from './timed-notices.js';

/** After a try that did not end well; each further pause is twice as long. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 3_600_000;
export const GIVE_UP_MS = 3 * 86_400_000;
/** Notices that have ended, of one attendee. */
const MAX_KEPT = 30;

/** How the booking stands, as far as its attendees are told. */
export interface Situation {
  bookingId: string;
  appointment: Appointment;
  sequence: number;
  /** Which of the booking's texts is the present one. */
  text: number;
  canceled: boolean;
  /** What somebody knows already is told anew from then on. */
  tellFromMs: number;
}

type EndStatus = 'sent' | 'failed' | 'skipped';

/**
 * What one attendee is told. Plain state without Temporal in it.
 *
 * Invariants: at most one mail is under way, so that none overtakes another; which invitation is next follows from what
 * they know and what is true, so of many changes only the last is told; nobody is reminded of what they were not told; a
 * mail that is tried again is the same mail.
 */
export class AttendeeNotices {
  constructor(readonly state: AttendeeState) {}

  get sending(): boolean {
    return this.state.notices.some(({ status }) => status === 'sending');
  }

  /** Nothing is under way or to come. */
  isSettled(situation: Situation): boolean {
    return this.state.notices.every(isOver) && this.needed(situation) === undefined;
  }

  /** To be asked after `next`: when something is to be done again if nothing happens until then. */
  get nextWakeMs(): number {
    if (this.sending) return Infinity;
    const { invitation } = this;
    const others = this.state.notices.filter((notice) => !isOver(notice));
    return Math.min(...(invitation ? [invitation] : others).map(({ atMs }) => atMs));
  }

  /** Reminders and the follow-up as the booking stands now. What is past by now is not sent any more. */
  plan(situation: Situation, nowMs: number): void {
    const wanted = new Map(this.timed(situation).map((notice) => [notice.id, notice]));
    const { state } = this;
    state.notices = state.notices.filter(
      (notice) =>
        isInvitation(notice) || isOver(notice) || notice.status === 'sending' || wanted.has(notice.id),
    );
    for (const notice of state.notices) notice.untilMs = wanted.get(notice.id)?.untilMs ?? notice.untilMs;
    const known = new Set(state.notices.map(({ id }) => id));
    state.notices.push(...[...wanted.values()].filter(({ id, dueMs }) => dueMs > nowMs && !known.has(id)));
  }

  /** The mail that is to be sent now, which is from here on under way; undefined if there is none. */
  next(situation: Situation, nowMs: number): BookingNotice | undefined {
    if (this.sending) return undefined;
    this.invite(situation, nowMs);
    this.passTime(nowMs);
    const { invitation } = this;
    const open = this.state.notices.filter((notice) => !isOver(notice)).sort((a, b) => a.atMs - b.atMs);
    const next = invitation ?? open[0];
    if (!next || next.atMs > nowMs) return undefined;
    next.status = 'sending';
    // It tells the booking as it stands now, which may not be how it stood when this was planned.
    if (!isInvitation(next)) next.sequence = situation.sequence;
    return next;
  }

  /** Applies what came of a try. */
  end(id: string, outcome: BookingMailOutcome, situation: Situation, nowMs: number): void {
    const notice = this.state.notices.find((each) => each.id === id && each.status === 'sending');
    if (!notice) return;
    const { status, reason } = outcome;
    notice.placeMs = undefined;
    if (status === 'later') this.postpone(notice, outcome);
    else {
      notice.tries += 1;
      notice.reason = reason;
      if (status === 'lost' && isInvitation(notice)) this.state.known = UNCERTAIN;
      if (status !== 'retry' && status !== 'lost') return this.finish(notice, status, nowMs);
      notice.status = 'retrying';
      notice.atMs = nowMs + Math.min(FIRST_PAUSE_MS * 2 ** (notice.tries - 1), LONGEST_PAUSE_MS);
    }
    if (Math.max(notice.atMs, notice.placeMs ?? 0) >= notice.untilMs)
      return this.finish(notice, notice.tries > 0 ? 'failed' : 'skipped', nowMs);
    const isWanted = isInvitation(notice) || this.timed(situation).some((each) => each.id === id);
    if (isWanted) return;
    notice.reason = 'outdated';
    this.finish(notice, 'skipped', nowMs);
  }

  // As one that is retried, but that it costs no try.
  private postpone(
    notice: BookingNotice,
    { untilMs, hasPlace }: { untilMs: number; hasPlace?: boolean },
  ): void {
    notice.status = 'retrying';
    notice.placeMs = hasPlace ? untilMs : undefined;
    notice.atMs = untilMs - (hasPlace ? PLACE_LEAD_MS : 0);
    if (untilMs >= notice.untilMs) notice.reason = 'late';
  }

  /** The one that waits or is retried. */
  private get invitation(): BookingNotice | undefined {
    return this.state.notices.find((notice) => isInvitation(notice) && !isOver(notice));
  }

  // Sees to it that the right invitation waits, or none.
  private invite(situation: Situation, nowMs: number): void {
    const { state, invitation } = this;
    const { bookingId, sequence, text, canceled, tellFromMs } = situation;
    const kind = this.needed(situation);
    // Who knows something already is spared what changes again in a moment; who could not be told is not tried each time.
    const isFirst = state.known === undefined && state.refused === undefined;
    const atMs = isFirst || canceled ? nowMs : tellFromMs;
    if (invitation && kind && isSame(invitation, kind, sequence)) {
      if (invitation.status === 'waiting') invitation.atMs = atMs;
      return;
    }
    state.notices = state.notices.filter((notice) => notice !== invitation);
    if (!kind) return;
    state.notices.push({
      ...{
        id: `${bookingId}.${state.number}.${kind}.${sequence}`,
        kind,
        sequence,
        status: 'waiting',
        tries: 0,
      },
      ...{ atMs, dueMs: atMs, untilMs: Math.max(atMs, nowMs) + GIVE_UP_MS },
      ...(kind !== 'cancellation' && { text }),
    });
  }

  private needed({ text, canceled }: Situation): 'confirmation' | 'update' | 'cancellation' | undefined {
    const { known, refused, removed } = this.state;
    if (canceled || removed) return known === undefined ? undefined : 'cancellation';
    if (text === known || text === refused) return undefined;
    return known === undefined ? 'confirmation' : 'update';
  }

  private timed({ bookingId, appointment, sequence, canceled }: Situation): BookingNotice[] {
    const { attendee, number, removed } = this.state;
    if (canceled || removed) return [];
    return timedNotices(appointment, attendee).map(({ key, ...notice }) => ({
      ...{ id: `${bookingId}.${number}.${key}`, sequence, status: 'waiting', tries: 0 },
      ...{ ...notice, atMs: notice.dueMs },
    }));
  }

  // A reminder that comes with the next one, or after the start, is none.
  private passTime(nowMs: number): void {
    for (const notice of this.state.notices.filter((each) => !isInvitation(each) && !isOver(each))) {
      if (notice.untilMs > nowMs) continue;
      notice.reason ??= 'late';
      this.finish(notice, notice.status === 'retrying' ? 'failed' : 'skipped', nowMs);
    }
  }

  private finish(notice: BookingNotice, status: EndStatus, nowMs: number): void {
    const { state } = this;
    notice.status = status;
    notice.endedMs = nowMs;
    // Of a cancellation that could not be sent there is nothing left to do either.
    if (notice.kind === 'cancellation') state.known = undefined;
    else if (isInvitation(notice) && status === 'sent') state.known = notice.text;
    if (isInvitation(notice)) state.refused = status === 'sent' ? undefined : notice.text;
    const over = state.notices.filter(isOver).sort((a, b) => (a.endedMs ?? 0) - (b.endedMs ?? 0));
    const dropped = new Set(over.slice(0, -MAX_KEPT));
    state.notices = state.notices.filter((each) => !dropped.has(each));
  }
}

function isOver({ status }: BookingNotice): boolean {
  return status === 'sent' || status === 'failed' || status === 'skipped';
}

function isInvitation({ kind }: BookingNotice): boolean {
  return kind === 'confirmation' || kind === 'update' || kind === 'cancellation';
}

// A cancellation says the same whatever was changed before; a request that is tried again must be the same one, though
// its first try may have made a confirmation of what would now be called an update.
function isSame(notice: BookingNotice, kind: BookingNotice['kind'], sequence: number): boolean {
  if (kind === 'cancellation' || notice.kind === 'cancellation') return notice.kind === kind;
  return notice.sequence === sequence;
}
