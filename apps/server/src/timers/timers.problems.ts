import { DESTINATION_BLOCKED } from '../destinations/destinations.problems.js';
import type { ProblemExample } from '../http/api-problem.js';
import { bodyProblemsOf } from '../http/body.problems.js';
import { ENGINE_UNAVAILABLE, INTERNAL } from '../http/outage.problems.js';
import { validationProblem } from '../http/validation.problems.js';

const ID = '01a202b2-ec10-8000-a3f1-5c0d9e7b1a24';

export const CREATE_PROBLEMS: Record<number, ProblemExample> = {
  400: validationProblem(
    'The body is not as it must be. Nothing was started.',
    'seconds',
    'must be a whole number ≥ 0, got -1',
    '/timers',
  ),
  ...bodyProblemsOf('/timers'),
  409: {
    description: 'A request with this `Idempotency-Key` is under way. Ask again after `Retry-After`.',
    kind: 'idempotency-key-in-use',
    title: 'Conflict',
    detail: 'A request with this Idempotency-Key is under way. Ask again for its answer.',
    instance: '/timers',
    headers: { 'retry-after': { description: 'Seconds to wait', schema: { type: 'integer' } } },
  },
  422: {
    ...DESTINATION_BLOCKED,
    description:
      'The url leads to where nothing may be sent, or the `Idempotency-Key` was used with another body in the last 24 ' +
      'hours (`idempotency-key-reused`).',
  },
  500: INTERNAL,
  503: ENGINE_UNAVAILABLE,
};

export const BATCH_PROBLEMS = Object.fromEntries(
  Object.entries(CREATE_PROBLEMS).map(([status, problem]) => [
    status,
    { ...problem, instance: '/timers/batch' },
  ]),
);

export const GET_PROBLEMS: Record<number, ProblemExample> = {
  400: validationProblem('The id is no UUID.', 'id', 'must be a UUID, got "abc"', '/timers/abc'),
  404: {
    description: 'There is no such timer.',
    kind: 'not-found',
    title: 'Not Found',
    detail: `There is no timer ${ID}.`,
    instance: `/timers/${ID}`,
  },
  500: { ...INTERNAL, instance: `/timers/${ID}` },
  503: {
    ...ENGINE_UNAVAILABLE,
    description:
      'The engine does not answer; or no worker does, and the id is that of a message to `on_success` or `on_failure` ' +
      '(`no-worker`). Try again after `Retry-After`.',
    instance: `/timers/${ID}`,
  },
};

export const CHANGE_PROBLEMS: Record<number, ProblemExample> = {
  ...GET_PROBLEMS,
  409: {
    description: 'Its status does not allow it: `timer_status` tells how it stands.',
    kind: 'timer-status',
    title: 'Conflict',
    detail: `Timer ${ID} is delivered and can not be canceled.`,
    instance: `/timers/${ID}`,
    timer_status: 'delivered',
  },
  412: {
    description: 'The timer is in another version than `If-Match` allows.',
    kind: 'precondition-failed',
    title: 'Precondition Failed',
    detail: `Timer ${ID} is in version "2", which If-Match does not allow.`,
    instance: `/timers/${ID}`,
    headers: { etag: { description: 'Version of the timer', schema: { type: 'string' } } },
  },
};

export const MODIFY_PROBLEMS: Record<number, ProblemExample> = {
  ...CHANGE_PROBLEMS,
  400: { ...(CREATE_PROBLEMS[400] as ProblemExample), instance: `/timers/${ID}` },
  413: { ...(CREATE_PROBLEMS[413] as ProblemExample), instance: `/timers/${ID}` },
  415: { ...(CREATE_PROBLEMS[415] as ProblemExample), instance: `/timers/${ID}` },
  422: { ...DESTINATION_BLOCKED, instance: `/timers/${ID}` },
};
