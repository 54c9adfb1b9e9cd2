import type { TimerChange } from '#contracts/timer-change.js';
import { ProblemException } from '../http/problem.exception.js';
import type { TimerDto } from './timers.dto.js';

const WISH: Record<TimerChange['kind'], string> = {
  cancel: 'be canceled',
  modify: 'be changed',
  fire: 'be fired now',
  redeliver: 'be redelivered',
};

/** 409: its status does not allow it any more, or not yet. */
export function notPossible(kind: TimerChange['kind'], { id, status }: TimerDto): ProblemException {
  const detail = `Timer ${id} is ${status} and can not ${WISH[kind]}.`;
  return new ProblemException(409, 'timer-status', detail, { timer_status: status });
}

/** 412: somebody else has changed it since. */
export function changedMeanwhile(id: string, version: number): ProblemException {
  const detail = `Timer ${id} was changed meanwhile and is now in version "${version}".`;
  return new ProblemException(412, 'precondition-failed', detail, { headers: { etag: `"${version}"` } });
}

/** 413: timers that came together are kept together, and the engine has a limit for that. */
export function tooLarge(): ProblemException {
  const detail = 'With this body the timers that were set together with this one would be too large to keep.';
  return new ProblemException(413, 'body-too-large', detail);
}
