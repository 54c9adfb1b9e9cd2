import type { ProblemExample } from '../http/api-problem.js';
import { bodyProblemsOf } from '../http/body.problems.js';
import { validationProblem } from '../http/validation.problems.js';
import { databaseProblemsOf } from '../jobs/database.problems.js';

const PATH = '/job-alerts';
const BAD_SCOPE = 'must be one of tenant, global, got "all"';
const BAD_EMAIL = 'must be a list of e-mail addresses, got ["oncall"]';

export const GET_PROBLEMS: Record<number, ProblemExample> = {
  400: validationProblem('A parameter is not as it must be.', 'scope', BAD_SCOPE, PATH),
  ...databaseProblemsOf(PATH),
};

export const SET_PROBLEMS: Record<number, ProblemExample> = {
  ...GET_PROBLEMS,
  400: validationProblem('The body is not as it must be. Nothing was changed.', 'emails', BAD_EMAIL, PATH),
  ...bodyProblemsOf(PATH),
  422: {
    description:
      'A webhook leads to where nothing may be sent (`destination_blocked`), there is no server to give mail to ' +
      '(`no-mail-server`), or there is no database (`jobs-need-database`). Nothing was changed.',
    kind: 'no-mail-server',
    title: 'Unprocessable Entity',
    detail: 'E-mails cannot be sent: SMTP_URL is not set.',
    instance: PATH,
  },
};
