import type { ProblemExample } from '../http/api-problem.js';
import { bodyProblemsOf } from '../http/body.problems.js';
import { storageProblemsOf } from '../http/needs-database.js';
import { validationProblem } from '../http/validation.problems.js';

type Problems = Record<number, ProblemExample>;

const PATH = '/suppressions';
const ONE = `${PATH}/ada@example.com`;

const storage = (instance: string) => storageProblemsOf('Suppressions', instance);

export const LIST_PROBLEMS: Problems = {
  ...storage(PATH),
  400: validationProblem(
    'A parameter is not as it must be.',
    'limit',
    'must be a whole number from 1 to 100, got 0',
    PATH,
  ),
};

export const EXPORT_PROBLEMS: Problems = storage(`${PATH}/export`);

export const CREATE_PROBLEMS: Problems = {
  ...storage(PATH),
  400: validationProblem(
    'The body is not as it must be. Nothing was changed.',
    'address',
    'must be an e-mail address such as ada@example.com, got "ada"',
    PATH,
  ),
  ...bodyProblemsOf(PATH),
};

export const GET_PROBLEMS: Problems = {
  ...storage(ONE),
  404: {
    description: 'It is not on the list.',
    kind: 'not-found',
    title: 'Not Found',
    detail: 'The address is not on the suppression list.',
    instance: ONE,
  },
};

export const IMPORT_PROBLEMS: Problems = {
  ...storage(`${PATH}/import`),
  400: {
    description:
      'The body can not be read any further. The lines before that are on the list: sending all again is no harm.',
    kind: 'malformed-body',
    title: 'Bad Request',
    detail: 'Line 7 is longer than 131072 bytes.',
    instance: `${PATH}/import`,
  },
  408: {
    description: 'Nothing came any more. Likewise.',
    kind: 'http',
    title: 'Request Timeout',
    detail: 'Nothing came for 60 s, and the body has not ended.',
    instance: `${PATH}/import`,
  },
  415: {
    ...bodyProblemsOf(`${PATH}/import`)[415],
    description: 'The body is neither application/x-ndjson nor text/csv.',
    detail: 'Unsupported Media Type: text/plain. The body must be application/x-ndjson or text/csv.',
  },
};
