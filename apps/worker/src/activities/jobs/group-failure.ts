import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import {
  FINAL_FAILURE,
  KILLED_FAILURE,
  MAX_MESSAGE_LENGTH,
  REFUSED_FAILURE,
  RETURNED_FAILURE,
  UNKNOWN_FAILURE,
} from '#contracts/job.js';
import type { GroupFailure } from '#contracts/job.js';
import { databaseError } from '#database/unavailable.js';
import { RetryAfterError } from '../../jobs/errors.js';
import { InvalidInput } from '../../jobs/input.js';
import { UnknownJobType } from '../../jobs/job-types.js';
import { GroupStopped } from './group-signal.js';

/** It could not be made sure that the group is still this worker's to run: nothing of it was. */
export class NotConfirmed extends Error {}

/** A worker that has the job type may come by then. */
const PAUSE_FOR_ANOTHER_WORKER_MS = 10_000;
/** The engine may have time again by then. */
const PAUSE_FOR_THE_ENGINE_MS = 1_000;

/** What the engine is told of a try that did not end well. */
export function groupFailure(error: unknown, told: GroupFailure): Error {
  const cause = databaseError(error);
  const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
  const stopped = error instanceof GroupStopped ? error.why : undefined;
  if (stopped === 'canceled') return new CancelledFailure(message, [told]);
  if (stopped === 'kill') return final(message, KILLED_FAILURE, told);
  // Nobody can be blamed for these.
  if (stopped === 'shutdown') return final(message, RETURNED_FAILURE, { ...told, pauseMs: 0 });
  if (error instanceof UnknownJobType)
    return final(message, UNKNOWN_FAILURE, { ...told, pauseMs: PAUSE_FOR_ANOTHER_WORKER_MS });
  if (error instanceof NotConfirmed)
    return final(message, UNKNOWN_FAILURE, { ...told, pauseMs: PAUSE_FOR_THE_ENGINE_MS });
  if (error instanceof InvalidInput) return final(message, REFUSED_FAILURE, told);
  if (name === FINAL_FAILURE) return final(message, name, told);
  return ApplicationFailure.create({
    ...{ message: tellable(message), type: tellable(name), details: [told] },
    // None at all the engine takes for a time that never comes.
    ...(error instanceof RetryAfterError && { nextRetryDelay: Math.max(1, error.delayMs) }),
  });
}

// The engine makes no other try.
function final(message: string, type: string, told: GroupFailure): ApplicationFailure {
  return ApplicationFailure.nonRetryable(tellable(message), type, told);
}

// Half of a character, as is left where a text was cut, ends the worker whose SDK is to send it.
function tellable(text: string): string {
  return text.slice(0, MAX_MESSAGE_LENGTH).toWellFormed();
}
