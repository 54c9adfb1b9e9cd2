import type { ProblemExample } from '../http/api-problem.js';
import { bodyProblemsOf } from '../http/body.problems.js';
import { outagesOf } from '../http/outage.problems.js';
import { validationProblem } from '../http/validation.problems.js';
import {
  CREATE_PROBLEMS as CREATE_TIMER_PROBLEMS,
  GET_PROBLEMS as GET_TIMER_PROBLEMS,
} from '../timers/timers.problems.js';

const ID = '7f0c2a4e-6a55-4c0e-9d5c-2f1f8f3a9b10';
const AT = `/bookings/${ID}`;

type Problems = Record<number, ProblemExample>;

const { 409: inFlight } = CREATE_TIMER_PROBLEMS as Record<409, ProblemExample>;

const BAD_BODY: ProblemExample = validationProblem(
  'The body is not as it must be. Nothing was booked or changed.',
  'ends_at',
  'must be after starts_at',
  '/bookings',
);

const CHANGED: ProblemExample = {
  description: 'The booking is in a version that `If-Match` does not allow.',
  kind: 'precondition-failed',
  title: 'Precondition Failed',
  detail: `Booking ${ID} is in version "3", which If-Match does not allow.`,
  instance: AT,
  headers: { etag: { description: 'Version of the booking', schema: { type: 'string' } } },
};

const OVER: ProblemExample = {
  description: 'It was cancelled, or has ended: `booking_status` tells how it stands.',
  kind: 'booking-status',
  title: 'Conflict',
  detail: `Booking ${ID} is canceled and can not be changed any more.`,
  instance: AT,
  booking_status: 'canceled',
};

const NO_WORKER: ProblemExample = {
  description:
    'The engine does not answer, or no worker is running (`no-worker`). Try again after `Retry-After`.',
  kind: 'no-worker',
  title: 'Service Unavailable',
  detail: 'No worker is running that could change it. Ask again: it may have been changed meanwhile.',
  instance: AT,
  headers: { 'retry-after': { description: 'Seconds to wait', schema: { type: 'integer' } } },
};

export const CREATE_PROBLEMS: Problems = {
  400: BAD_BODY,
  409: { ...inFlight, instance: '/bookings' },
  ...bodyProblemsOf('/bookings'),
  422: {
    description: 'The `Idempotency-Key` was used with another body in the last 24 hours.',
    kind: 'idempotency-key-reused',
    title: 'Unprocessable Entity',
    detail: 'This Idempotency-Key was used with another body in the last 24 hours.',
    instance: '/bookings',
  },
  ...outagesOf('/bookings'),
};

export const LIST_PROBLEMS: Problems = {
  400: validationProblem(
    'A parameter is not as it must be.',
    'limit',
    'must be a whole number from 1 to 100, got 0',
    '/bookings',
  ),
  ...outagesOf('/bookings'),
};

export const GET_PROBLEMS: Problems = {
  400: { ...(GET_TIMER_PROBLEMS[400] as ProblemExample), instance: '/bookings/abc' },
  404: {
    description: 'There is no such booking.',
    kind: 'not-found',
    title: 'Not Found',
    detail: `There is no booking ${ID}.`,
    instance: AT,
  },
  ...outagesOf(AT),
};

export const CHANGE_PROBLEMS: Problems = {
  ...GET_PROBLEMS,
  400: { ...BAD_BODY, instance: AT },
  409: OVER,
  412: CHANGED,
  ...bodyProblemsOf(AT),
  503: NO_WORKER,
};

export const CANCEL_PROBLEMS: Problems = {
  ...GET_PROBLEMS,
  409: {
    ...OVER,
    description: 'It has ended.',
    detail: `Booking ${ID} is ended and can not be cancelled any more.`,
    booking_status: 'ended',
  },
  412: CHANGED,
  503: NO_WORKER,
};
