import type { ProblemExample } from '../http/api-problem.js';
import { bodyProblemsOf } from '../http/body.problems.js';
import { databaseProblemsOf } from '../jobs/database.problems.js';

const PATH = '/job-alerts';
const BAD_SCOPE = 'must be one of tenant, global, got "all"';
const BAD_EMAIL = 'must be a list of e-mail addresses, got ["oncall"]';

export const GET_PROBLEMS: Record<number, ProblemExample> = {
  400: {
    description: 'A parameter is not as it must be.',
    kind: 'validation',
    title: 'Bad Request',
    detail: `scope ${BAD_SCOPE}`,
    instance: PATH,
    errors: [{ field: 'scope', message: BAD_SCOPE }],
  },
  ...databaseProblemsOf(PATH),
};

export const SET_PROBLEMS: Record<number, ProblemExample> = {
  ...GET_PROBLEMS,
  400: {
    description: 'The body is not as it must be. Nothing was changed.',
    kind: 'validation',
    title: 'Bad Request',
    detail: `emails ${BAD_EMAIL}`,
    instance: PATH,
    errors: [{ field: 'emails', message: BAD_EMAIL }],
  },
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
