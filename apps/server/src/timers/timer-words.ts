import type { TimerChange } from '#contracts/timer-change.js';
import type { GroupKind, TimerStatus } from '#contracts/timers.js';
import { ProblemException } from '../http/problem.exception.js';

export const TIMER_WORDS = Symbol('TIMER_WORDS');

/** How a resource whose things are timers speaks of them. */
export interface TimerWords {
  kind: GroupKind;
  noun: 'Timer' | 'E-mail';
  /** What a problem calls the status that stands in the way. */
  statusField: 'timer_status' | 'email_status';
  wordFor: (status: TimerStatus | 'purged') => string;
}

export const OF_TIMERS: TimerWords = {
  ...{ kind: 'timers', noun: 'Timer', statusField: 'timer_status' },
  wordFor: (status) => status,
};

const WISH: Record<TimerChange['kind'], string> = {
  cancel: 'be canceled',
  modify: 'be changed',
  fire: 'be fired now',
  redeliver: 'be redelivered',
};

/** 404: there is none, or none of this tenant; which of the two it is nobody is told. */
export function unknownTimer({ noun }: TimerWords, id: string): ProblemException {
  return new ProblemException(404, 'not-found', `There is no ${noun.toLowerCase()} ${id}.`);
}

/** 409: its status does not allow it any more, or not yet. */
export function notPossible(
  { noun, statusField, wordFor }: TimerWords,
  id: string,
  kind: TimerChange['kind'],
  status: TimerStatus | 'purged',
): ProblemException {
  const word = wordFor(status);
  const detail = `${noun} ${id} is ${word} and can not ${WISH[kind]}.`;
  return new ProblemException(409, statusKind(statusField), detail, { [statusField]: word });
}

/** 413: timers that came together are kept together, and the engine has a limit for that. */
export function tooLarge(): ProblemException {
  const detail = 'With this body the timers that were set together with this one would be too large to keep.';
  return new ProblemException(413, 'body-too-large', detail);
}

function statusKind(field: TimerWords['statusField']) {
  return field === 'timer_status' ? 'timer-status' : 'email-status';
}
