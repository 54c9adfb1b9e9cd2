import type { ProblemExample } from '../http/api-problem.js';

const ID = '01a202b2-ec10-8000-a3f1-5c0d9e7b1a24';

const ENGINE_UNAVAILABLE: ProblemExample = {
  description: 'The engine does not answer. Try again after `Retry-After`.',
  kind: 'engine-unavailable',
  title: 'Service Unavailable',
  detail: 'The timer engine does not answer. Nothing was confirmed; try again.',
  instance: '/timers',
  headers: { 'retry-after': { description: 'Seconds to wait', schema: { type: 'integer' } } },
};

const INTERNAL: ProblemExample = {
  description: 'A fault of the server. It is logged.',
  kind: 'internal',
  title: 'Internal Server Error',
  detail: 'Something is wrong on our side.',
  instance: '/timers',
};

export const CREATE_PROBLEMS: Record<number, ProblemExample> = {
  400: {
    description: 'The body is not as it must be. Nothing was started.',
    kind: 'validation',
    title: 'Bad Request',
    detail: 'seconds must be a whole number ≥ 0, got -1',
    instance: '/timers',
    errors: [{ field: 'seconds', message: 'must be a whole number ≥ 0, got -1' }],
  },
  413: {
    description: 'The body is over the limit.',
    kind: 'body-too-large',
    title: 'Payload Too Large',
    detail: 'Request body is too large',
    instance: '/timers',
  },
  415: {
    description: 'The body is not application/json.',
    kind: 'unsupported-media-type',
    title: 'Unsupported Media Type',
    detail: 'Unsupported Media Type: text/plain',
    instance: '/timers',
  },
  409: {
    description: 'A request with this `Idempotency-Key` is under way. Ask again after `Retry-After`.',
    kind: 'idempotency-key-in-use',
    title: 'Conflict',
    detail: 'A request with this Idempotency-Key is under way. Ask again for its answer.',
    instance: '/timers',
    headers: { 'retry-after': { description: 'Seconds to wait', schema: { type: 'integer' } } },
  },
  422: {
    description: 'The `Idempotency-Key` was used with another body in the last 24 hours.',
    kind: 'idempotency-key-reused',
    title: 'Unprocessable Entity',
    detail: 'This Idempotency-Key was used with another body in the last 24 hours.',
    instance: '/timers',
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
  400: {
    description: 'The id is no UUID.',
    kind: 'validation',
    title: 'Bad Request',
    detail: 'id must be a UUID, got "abc"',
    instance: '/timers/abc',
    errors: [{ field: 'id', message: 'must be a UUID, got "abc"' }],
  },
  404: {
    description: 'There is no such timer.',
    kind: 'not-found',
    title: 'Not Found',
    detail: `There is no timer ${ID}.`,
    instance: `/timers/${ID}`,
  },
  500: { ...INTERNAL, instance: `/timers/${ID}` },
  503: { ...ENGINE_UNAVAILABLE, instance: `/timers/${ID}` },
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
};
