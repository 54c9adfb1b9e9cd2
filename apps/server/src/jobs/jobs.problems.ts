import type { ProblemExample } from '../http/api-problem.js';
import { bodyProblemsOf } from '../http/body.problems.js';
import { outagesOf } from '../http/outage.problems.js';
import { validationProblem } from '../http/validation.problems.js';
import {
  CREATE_PROBLEMS as CREATE_TIMER_PROBLEMS,
  GET_PROBLEMS as GET_TIMER_PROBLEMS,
} from '../timers/timers.problems.js';
import { databaseProblemsOf } from './database.problems.js';

const ID = '7f0c2a4e-6a55-4c0e-9d5c-2f1f8f3a9b10';
const AT = `/jobs/${ID}`;

type Problems = Record<number, ProblemExample>;

const { 409: inFlight } = CREATE_TIMER_PROBLEMS as Record<409, ProblemExample>;

const BAD_BODY: ProblemExample = validationProblem(
  'The body is not as it must be, or the input is not as its type wants it. Nothing was started.',
  'input.offset',
  'must be integer',
  '/jobs',
);

const UNKNOWN_TYPE: ProblemExample = {
  description:
    'No worker has such a job type (`unknown-job-type`), an alert cannot be sent (`destination_blocked`, ' +
    '`no-mail-server`), there is no database (`jobs-need-database`), or the `Idempotency-Key` was used with another ' +
    'body in the last 24 hours (`idempotency-key-reused`).',
  kind: 'unknown-job-type',
  title: 'Unprocessable Entity',
  detail: 'No worker has a job type "coupons"; GET /job-types lists those there are.',
  instance: '/jobs',
  errors: [{ field: 'type', message: 'must be the name of a job type' }],
};

const UNKNOWN: ProblemExample = {
  description: 'There is no such job.',
  kind: 'not-found',
  title: 'Not Found',
  detail: `There is no job ${ID}.`,
  instance: AT,
};

const STATUS: ProblemExample = {
  description: 'Its status does not allow it: `job_status` tells how it stands.',
  kind: 'job-status',
  title: 'Conflict',
  detail: `Job ${ID} is succeeded and can not be canceled.`,
  instance: AT,
  job_status: 'succeeded',
};

export const CREATE_PROBLEMS: Problems = {
  400: BAD_BODY,
  409: { ...inFlight, instance: '/jobs' },
  ...bodyProblemsOf('/jobs'),
  422: UNKNOWN_TYPE,
  ...outagesOf('/jobs'),
};

export const LIST_PROBLEMS: Problems = {
  400: validationProblem(
    'A parameter is not as it must be.',
    'limit',
    'must be a whole number from 1 to 100, got 0',
    '/jobs',
  ),
  ...outagesOf('/jobs'),
};

export const TYPES_PROBLEMS: Problems = databaseProblemsOf('/job-types');

export const GET_PROBLEMS: Problems = {
  400: { ...(GET_TIMER_PROBLEMS[400] as ProblemExample), instance: '/jobs/abc' },
  404: UNKNOWN,
  ...outagesOf(AT),
};

export const CANCEL_PROBLEMS: Problems = { ...GET_PROBLEMS, 409: STATUS };

export const RETRY_PROBLEMS: Problems = {
  ...GET_PROBLEMS,
  400: {
    ...BAD_BODY,
    detail: 'kill_at must be after the job starts, which is 2026-11-22T10:00:00.000Z',
    instance: `${AT}/retry`,
    errors: [
      { field: 'kill_at', message: 'must be after the job starts, which is 2026-11-22T10:00:00.000Z' },
    ],
  },
  409: {
    ...STATUS,
    detail: `Job ${ID} is running and can not be retried.`,
    instance: `${AT}/retry`,
    job_status: 'running',
  },
  ...bodyProblemsOf(`${AT}/retry`),
};

export const DECIDE_PROBLEMS: Problems = {
  ...GET_PROBLEMS,
  409: {
    ...STATUS,
    detail: `Group charge of job ${ID} is not uncertain, so there is nothing to decide.`,
    instance: `${AT}/groups/0/retry`,
    job_status: 'running',
  },
};
