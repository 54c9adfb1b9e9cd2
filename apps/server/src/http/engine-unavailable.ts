import { NamespaceNotFoundError } from '@temporalio/client';
import { ProblemException } from './problem.exception.js';

/** gRPC: CANCELLED (what a deadline may come out as), DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, UNAVAILABLE. */
const PASSING_CODES = new Set([1, 4, 8, 10, 14]);

const INVALID_ARGUMENT = 3;

/** Whether a call failed because the engine is away, overloaded or not set up yet: it may well succeed later. */
export function isEngineUnavailable(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 4; cause = cause.cause, depth++) {
    if (cause instanceof NamespaceNotFoundError) return true;
    const { code } = cause as { code?: unknown };
    // Right after the set-up not every part of the engine knows our search attributes.
    if (code === INVALID_ARGUMENT && /search attribute/i.test(cause.message)) return true;
    if (typeof code === 'number') return PASSING_CODES.has(code);
  }
  return false;
}

/** 503: nothing is known to be stored; the client is to ask again. */
export function engineUnavailable(): ProblemException {
  return new ProblemException(
    503,
    'engine-unavailable',
    'The timer engine does not answer. Nothing was confirmed; try again.',
    {
      headers: { 'retry-after': '1' },
    },
  );
}

/** 503: `what` is in a workflow alone. */
export function noWorker(what: string): ProblemException {
  const detail = `No worker answers, and only workers can tell ${what}. Try again.`;
  return new ProblemException(503, 'no-worker', detail, { headers: { 'retry-after': '1' } });
}
