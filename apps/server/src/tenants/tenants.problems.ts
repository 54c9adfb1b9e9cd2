import type { ProblemExample } from '../http/api-problem.js';
import { bodyProblemsOf } from '../http/body.problems.js';
import { validationProblem } from '../http/validation.problems.js';

const TENANT = '/tenants/acme';
const KEYS = `${TENANT}/api-keys`;

const UNAVAILABLE: ProblemExample = {
  description: 'The database does not answer. Try again after `Retry-After`.',
  kind: 'database-unavailable',
  title: 'Service Unavailable',
  detail: 'The database does not answer. Try again.',
  instance: TENANT,
  headers: { 'retry-after': { description: 'Seconds to wait', schema: { type: 'integer' } } },
};

const COMMON: Record<number, ProblemExample> = {
  404: {
    description: 'There is no such tenant, or there are no admin routes here.',
    kind: 'not-found',
    title: 'Not Found',
    detail: 'There is no tenant acme.',
    instance: TENANT,
  },
  500: {
    description: 'A fault of the server. It is logged.',
    kind: 'internal',
    title: 'Internal Server Error',
    detail: 'Something is wrong on our side.',
    instance: TENANT,
  },
  503: UNAVAILABLE,
};

const WITH_BODY: Record<number, ProblemExample> = {
  ...COMMON,
  400: validationProblem(
    'The body is not as it must be. Nothing was changed.',
    'disabled',
    'must be true or false, got 1',
    TENANT,
  ),
  ...bodyProblemsOf(TENANT),
};

const WRONG_PAGE: ProblemExample = validationProblem(
  'There is no such page.',
  'limit',
  'must be a whole number from 1 to 100, got 0',
  '/tenants',
);

export const TENANT_PROBLEMS = {
  create: {
    ...WITH_BODY,
    409: {
      description: 'The id is taken.',
      kind: 'conflict',
      title: 'Conflict',
      detail: 'There is a tenant acme already.',
      instance: '/tenants',
    },
  },
  list: { ...COMMON, 400: WRONG_PAGE },
  get: COMMON,
  change: WITH_BODY,
} satisfies Record<string, Record<number, ProblemExample>>;

const UNKNOWN_KEY: ProblemExample = {
  description: 'The tenant has no such API key, or there are no admin routes here.',
  kind: 'not-found',
  title: 'Not Found',
  detail: 'The tenant has no API key 4fQz81LmWc0d.',
  instance: `${KEYS}/4fQz81LmWc0d`,
};

export const API_KEY_PROBLEMS = {
  create: WITH_BODY,
  list: { ...COMMON, 400: { ...WRONG_PAGE, instance: KEYS } },
  revoke: { ...COMMON, 404: UNKNOWN_KEY },
  rotate: {
    ...WITH_BODY,
    404: UNKNOWN_KEY,
    409: {
      description: 'The API key was revoked or has expired.',
      kind: 'conflict',
      title: 'Conflict',
      detail: 'The API key 4fQz81LmWc0d no longer works. Make a new one.',
      instance: `${KEYS}/4fQz81LmWc0d/rotate`,
    },
  },
} satisfies Record<string, Record<number, ProblemExample>>;
