import { DESTINATION_BLOCKED } from '../destinations/destinations.problems.js';
import type { ProblemExample } from '../http/api-problem.js';
import { bodyProblemsOf } from '../http/body.problems.js';
import { ENGINE_UNAVAILABLE, INTERNAL } from '../http/outage.problems.js';
import { validationProblem } from '../http/validation.problems.js';

const PATH = '/webhook-endpoints';
const ID = '7c9e6679-7425-40de-944b-e07fc1f90ae7';

type Problems = Record<number, ProblemExample>;

const commonOf = (instance: string): Problems => ({
  422: {
    description: 'There is no database to keep endpoints in.',
    kind: 'webhook-endpoints-need-database',
    title: 'Unprocessable Entity',
    detail: 'Webhook endpoints need the database, and there is none here: DATABASE_URL is not set.',
    instance,
  },
  500: { ...INTERNAL, instance },
  503: {
    description: 'The database does not answer. Try again after `Retry-After`.',
    kind: 'database-unavailable',
    title: 'Service Unavailable',
    detail: 'The database does not answer. Try again.',
    instance,
    headers: { 'retry-after': { description: 'Seconds to wait', schema: { type: 'integer' } } },
  },
});

const BAD_BODY: ProblemExample = validationProblem(
  'The body is not as it must be. Nothing was changed.',
  'url',
  'must be an absolute http:// or https:// URL',
  PATH,
);

const BLOCKED: ProblemExample = {
  ...DESTINATION_BLOCKED,
  description:
    'The url leads to where nothing may be sent, or there is no database (`webhook-endpoints-need-database`).',
  instance: PATH,
};

const ONE: Problems = {
  ...commonOf(`${PATH}/${ID}`),
  400: validationProblem('The id is no UUID.', 'id', 'must be a UUID, got "abc"', `${PATH}/abc`),
  404: {
    description: 'There is no such endpoint.',
    kind: 'not-found',
    title: 'Not Found',
    detail: `There is no webhook endpoint ${ID}.`,
    instance: `${PATH}/${ID}`,
  },
};

export const WEBHOOK_ENDPOINT_PROBLEMS = {
  list: {
    ...commonOf(PATH),
    400: validationProblem(
      'There is no such page.',
      'limit',
      'must be a whole number from 1 to 100, got 0',
      PATH,
    ),
  },
  create: {
    ...commonOf(PATH),
    400: BAD_BODY,
    ...bodyProblemsOf(PATH),
    409: {
      description: 'There are too many of them.',
      kind: 'conflict',
      title: 'Conflict',
      detail: 'There are 50 webhook endpoints already: delete one.',
      instance: PATH,
    },
    422: {
      ...BLOCKED,
      description:
        'The url leads to where nothing may be sent, there is no database (`webhook-endpoints-need-database`), or the ' +
        '`Idempotency-Key` was used with another body in the last 24 hours (`idempotency-key-reused`).',
    },
  },
  get: ONE,
  change: {
    ...ONE,
    400: { ...BAD_BODY, instance: `${PATH}/${ID}` },
    ...bodyProblemsOf(`${PATH}/${ID}`),
    422: { ...BLOCKED, instance: `${PATH}/${ID}` },
  },
  rotate: {
    ...ONE,
    400: {
      ...BAD_BODY,
      detail: 'overlap_seconds must be a whole number from 0 to 604800, got -1',
      instance: `${PATH}/${ID}/rotate-secret`,
      errors: [{ field: 'overlap_seconds', message: 'must be a whole number from 0 to 604800, got -1' }],
    },
    ...bodyProblemsOf(`${PATH}/${ID}/rotate-secret`),
    409: {
      description: 'Too many secrets sign at the same time.',
      kind: 'conflict',
      title: 'Conflict',
      detail: '5 secrets sign at the same time already: wait until one has retired.',
      instance: `${PATH}/${ID}/rotate-secret`,
    },
  },
  test: { ...ONE, 503: { ...ENGINE_UNAVAILABLE, instance: `${PATH}/${ID}/test` } },
} satisfies Record<string, Problems>;
