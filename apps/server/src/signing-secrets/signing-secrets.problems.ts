import type { ProblemExample } from '../http/api-problem.js';
import { bodyProblemsOf } from '../http/body.problems.js';
import { validationProblem } from '../http/validation.problems.js';

const PATH = '/signing-secrets';
const ID = '7c9e6679-7425-40de-944b-e07fc1f90ae7';

const COMMON: Record<number, ProblemExample> = {
  404: {
    description: 'There is no database to keep secrets in.',
    kind: 'not-found',
    title: 'Not Found',
    detail: 'There are no signing secrets here: DATABASE_URL is not set.',
    instance: PATH,
  },
  500: {
    description: 'A fault of the server. It is logged.',
    kind: 'internal',
    title: 'Internal Server Error',
    detail: 'Something is wrong on our side.',
    instance: PATH,
  },
  503: {
    description: 'The database does not answer. Try again after `Retry-After`.',
    kind: 'database-unavailable',
    title: 'Service Unavailable',
    detail: 'The database does not answer. Try again.',
    instance: PATH,
    headers: { 'retry-after': { description: 'Seconds to wait', schema: { type: 'integer' } } },
  },
};

const WITH_BODY: Record<number, ProblemExample> = {
  ...COMMON,
  400: validationProblem(
    'The body is not as it must be. Nothing was changed.',
    'kind',
    'must be v1 or v1a, got "v2"',
    PATH,
  ),
  ...bodyProblemsOf(PATH),
};

const CONFLICT = { kind: 'conflict', title: 'Conflict' };

export const SIGNING_SECRET_PROBLEMS = {
  list: {
    ...COMMON,
    400: validationProblem(
      'There is no such page.',
      'limit',
      'must be a whole number from 1 to 100, got 0',
      PATH,
    ),
  },
  create: {
    ...WITH_BODY,
    409: {
      ...CONFLICT,
      description: 'There is one in use for this host and kind, or there are too many.',
      detail: 'There is a v1 secret for all hosts already: rotate or delete it.',
      instance: PATH,
    },
  },
  rotate: {
    ...WITH_BODY,
    404: {
      description: 'There is none in use for this host and kind, or no database to keep secrets in.',
      kind: 'not-found',
      title: 'Not Found',
      detail: 'There is no v1 secret for all hosts.',
      instance: `${PATH}/rotate`,
    },
    409: {
      ...CONFLICT,
      description: 'Too many secrets sign at the same time.',
      detail: '5 secrets sign at the same time already: delete one, or wait.',
      instance: `${PATH}/rotate`,
    },
  },
  remove: {
    ...COMMON,
    400: validationProblem('The id is no UUID.', 'id', 'must be a UUID, got "abc"', `${PATH}/abc`),
    404: {
      description: 'There is no such secret, or no database to keep secrets in.',
      kind: 'not-found',
      title: 'Not Found',
      detail: `There is no signing secret ${ID}.`,
      instance: `${PATH}/${ID}`,
    },
  },
} satisfies Record<string, Record<number, ProblemExample>>;
