import type { ProblemExample } from '../http/api-problem.js';
import { bodyProblemsOf } from '../http/body.problems.js';
import { storageProblemsOf } from '../http/needs-database.js';
import { validationProblem } from '../http/validation.problems.js';
import { TEMPLATE_NAME_RULE } from './template-name.js';

type Problems = Record<number, ProblemExample>;

const PATH = '/templates';
const ONE = `${PATH}/order-shipped`;

const storage = (instance: string) => storageProblemsOf('Templates', instance);

const UNREADABLE: ProblemExample = validationProblem(
  'The body is not as it must be, or a part can not be read as Liquid. Nothing was stored.',
  'html',
  'line 3: tag "include" not found',
  PATH,
);

const UNKNOWN: ProblemExample = {
  description: 'There is no such template, or no such version of it.',
  kind: 'not-found',
  title: 'Not Found',
  detail: 'There is no template order-shipped.',
  instance: ONE,
};

const BAD_NAME = validationProblem(
  'This is no name of a template, or a parameter is not as it must be.',
  'name',
  `${TEMPLATE_NAME_RULE}, got "a b"`,
  `${PATH}/a%20b`,
);

export const CREATE_PROBLEMS: Problems = {
  ...storage(PATH),
  400: UNREADABLE,
  409: {
    description: 'There is a template of this name.',
    kind: 'conflict',
    title: 'Conflict',
    detail: 'There is a template order-shipped already: PUT stores a new version of it.',
    instance: PATH,
  },
  ...bodyProblemsOf(PATH),
  422: {
    ...storage(PATH)[422],
    description:
      'There is no database (`needs-database`), or the `Idempotency-Key` was used with another body in the last 24 ' +
      'hours (`idempotency-key-reused`).',
  },
};

export const LIST_PROBLEMS: Problems = {
  ...storage(PATH),
  400: validationProblem(
    'A parameter is not as it must be.',
    'limit',
    'must be a whole number from 1 to 100, got 0',
    PATH,
  ),
};

export const GET_PROBLEMS: Problems = { ...storage(ONE), 400: BAD_NAME, 404: UNKNOWN };

export const REPLACE_PROBLEMS: Problems = {
  ...GET_PROBLEMS,
  400: { ...UNREADABLE, instance: ONE },
  ...bodyProblemsOf(ONE),
};

export const PREVIEW_PROBLEMS: Problems = {
  ...GET_PROBLEMS,
  400: validationProblem(
    'The body is not as it must be, the data lack a variable, or rendering takes too long or becomes too large.',
    'data.order.id',
    'is missing: subject, line 1: the variable order.id is missing',
    `${ONE}/preview`,
  ),
  ...bodyProblemsOf(`${ONE}/preview`),
};
