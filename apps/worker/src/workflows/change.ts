import type { ChangeOutcome, Modification, TimerChange } from '#contracts/timer-change.js';
import type { Timer } from '#contracts/timers.js';
import type { WheelTimer } from './wheel-timer.js';

/** The engine refuses the input of a next run over 2 MiB; this leaves room for attempts and what codecs add. */
const MAX_GROUP_BYTES = 1_000_000;

interface Circumstances {
  /** Its attempt has begun, or may have, and has not ended. */
  dispatching: boolean;
  /** The other timers of the group. */
  others: readonly Timer[];
  nowMs: number;
}

/** Makes a change, or tells why it can't be made; then nothing has changed. */
export function makeChange(
  timer: WheelTimer,
  change: TimerChange,
  { dispatching, others, nowMs }: Circumstances,
): ChangeOutcome {
  if (isStale(change, timer.version)) return 'stale';
  if (change.kind === 'cancel' && timer.ended === 'canceled') return 'made';
  if (dispatching) return 'refused';
  if (change.kind === 'redeliver') {
    if (!timer.ended || timer.ended === 'canceled') return 'refused';
    timer.reopen(nowMs);
  } else if (timer.ended) {
    return 'refused';
  } else if (change.kind === 'cancel') {
    timer.end('canceled', nowMs);
  } else if (change.kind === 'fire') {
    timer.moveTo(nowMs);
  } else {
    const changed = modified(timer.timer, change);
    if (bytesOf([changed, ...others]) > MAX_GROUP_BYTES) return 'too-large';
    timer.timer = changed;
    if (change.set.dueMs !== undefined) timer.moveTo(change.set.dueMs);
  }
  timer.touched();
  return 'made';
}

function isStale(change: TimerChange, version: number): boolean {
  const { ifVersions, basedOn } = { basedOn: undefined, ...change };
  return ifVersions?.includes(version) === false || (basedOn ?? version) !== version;
}

function modified(timer: Timer, { set, unset = [] }: Modification): Timer {
  const changed: Timer = { ...timer, ...set };
  for (const field of unset) delete changed[field];
  return changed;
}

// The one class of the web that workflow code has for this.
function bytesOf(timers: readonly Timer[]): number {
  return new TextEncoder().encode(JSON.stringify(timers)).length;
}
