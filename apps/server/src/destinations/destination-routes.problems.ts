import type { ProblemExample } from '../http/api-problem.js';
import { bodyProblemsOf } from '../http/body.problems.js';
import { validationProblem } from '../http/validation.problems.js';
import { databaseProblemsOf } from '../jobs/database.problems.js';

const INSTANCE = '/destinations/hooks.example.com';

const ENGINE_UNAVAILABLE: ProblemExample = {
  description: 'The engine does not answer. Try again after `Retry-After`.',
  kind: 'engine-unavailable',
  title: 'Service Unavailable',
  detail: 'The timer engine does not answer. Nothing was confirmed; try again.',
  instance: INSTANCE,
  headers: { 'retry-after': { description: 'Seconds to wait', schema: { type: 'integer' } } },
};

const INTERNAL: ProblemExample = {
  description: 'A fault of the server. It is logged.',
  kind: 'internal',
  title: 'Internal Server Error',
  detail: 'Something is wrong on our side.',
  instance: INSTANCE,
};

export const DESTINATION_PROBLEMS: Record<number, ProblemExample> = {
  400: validationProblem(
    'This is no host.',
    'host',
    'must be a host such as example.com:8080, got "a b"',
    '/destinations/a%20b',
  ),
  500: INTERNAL,
  503: ENGINE_UNAVAILABLE,
};

export const FLOW_PROBLEMS: Record<number, ProblemExample> = {
  ...DESTINATION_PROBLEMS,
  422: {
    description: 'There is no database that could keep limits: `DATABASE_URL` is not set.',
    kind: 'flow-needs-database',
    title: 'Unprocessable Entity',
    detail: 'flow is kept in the database, and there is none here: DATABASE_URL is not set.',
    instance: `${INSTANCE}/flow`,
    errors: [{ field: 'flow', message: 'needs a database' }],
  },
};

export const SET_FLOW_PROBLEMS: Record<number, ProblemExample> = {
  ...FLOW_PROBLEMS,
  ...bodyProblemsOf(`${INSTANCE}/flow`),
};

const PROVIDER_PATH = '/providers/smtp/flow';

export const PROVIDER_FLOW_PROBLEMS: Record<number, ProblemExample> = {
  404: {
    description: 'There are no admin routes: `ADMIN_TOKEN` is not set.',
    kind: 'not-found',
    title: 'Not Found',
    detail: 'There are no admin routes here: ADMIN_TOKEN is not set.',
    instance: PROVIDER_PATH,
  },
  ...databaseProblemsOf(PROVIDER_PATH),
  422: { ...(FLOW_PROBLEMS[422] as ProblemExample), instance: PROVIDER_PATH },
};

export const SET_PROVIDER_FLOW_PROBLEMS: Record<number, ProblemExample> = {
  ...PROVIDER_FLOW_PROBLEMS,
  400: validationProblem(
    'These are no limits.',
    'flow',
    'must have a rate, a parallelism or both',
    PROVIDER_PATH,
  ),
  ...bodyProblemsOf(PROVIDER_PATH),
};

export const LIST_PROBLEMS: Record<number, ProblemExample> = {
  400: validationProblem(
    'The query is not as it must be.',
    'limit',
    'must be a whole number from 1 to 100, got 0',
    '/destinations',
  ),
  500: { ...INTERNAL, instance: '/destinations' },
  503: { ...ENGINE_UNAVAILABLE, instance: '/destinations' },
};
