import type { Modification } from '#contracts/timer-change.js';
import type { Timer, TimerView } from '#contracts/timers.js';
import { formatInstant } from '../http/rfc3339.js';
import { invalid } from '../http/problem.exception.js';
import type { MergePatch } from './merge-patch.js';
import { deliveryFields } from './timer-request.js';
import type { TimersSettings } from './timers.settings.js';
import { dueTime, expiryTime } from './when.js';

/** The change that makes of a timer, as it stands, what the client wants. Throws a problem if that is no timer. */
export function modification(
  { timer, version }: TimerView,
  { wish, unset }: MergePatch,
  { horizonMs, wheel }: TimersSettings,
): Required<Pick<Modification, 'unset'>> & Modification {
  const nowMs = Date.now();
  const current = without(timer, unset);
  const dueMs = dueTime(wish, { nowMs, horizonMs });
  const expiresMs = expiryTime(wish, dueMs ?? current.dueMs, { nowMs, horizonMs }) ?? current.expiresMs;
  if (dueMs !== undefined && expiresMs !== undefined && expiresMs <= dueMs) {
    const message = `must be before the timer expires, which is ${formatInstant(expiresMs)}`;
    throw invalid([{ field: wish.fire_at === undefined ? 'delay' : 'fire_at', message }]);
  }
  const fields = Object.entries({
    ...deliveryFields(wish, { defaultDelaysMs: wheel.retryDelaysMs, current }),
    ...(dueMs !== undefined && { dueMs }),
    ...(wish.expires_at !== undefined || wish.expires_in !== undefined ? { expiresMs } : {}),
  });
  return {
    kind: 'modify',
    set: Object.fromEntries(fields.filter(([, value]) => value !== undefined)),
    unset: [
      ...unset,
      ...fields.filter(([, value]) => value === undefined).map(([name]) => name as keyof Timer),
    ],
    basedOn: version,
  };
}

export function without(timer: Timer, unset: readonly (keyof Timer)[]): Timer {
  return Object.fromEntries(
    Object.entries(timer).filter(([name]) => !unset.includes(name as keyof Timer)),
  ) as unknown as Timer;
}
