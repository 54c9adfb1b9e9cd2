import type { ProblemExample } from '../http/api-problem.js';
import { bodyProblemsOf } from '../http/body.problems.js';
import { outagesOf } from '../http/outage.problems.js';
import { validationProblem } from '../http/validation.problems.js';

const ID = '01a202b2-ec10-8000-a3f1-5c0d9e7b1a24';
const PATH = '/emails';
const PATH_OF_ONE = `${PATH}/${ID}`;
const BAD_ADDRESS = 'must be an e-mail address such as ada@example.com, got "ada"';

type Problems = Record<number, ProblemExample>;

const create: Problems = {
  400: validationProblem(
    'The body is not as it must be, or the template lacks something in `data`. Nothing was started.',
    'to',
    BAD_ADDRESS,
    PATH,
  ),
  ...bodyProblemsOf(PATH),
  409: {
    description: 'A request with this `Idempotency-Key` is under way. Ask again after `Retry-After`.',
    kind: 'idempotency-key-in-use',
    title: 'Conflict',
    detail: 'A request with this Idempotency-Key is under way. Ask again for its answer.',
    instance: PATH,
    headers: { 'retry-after': { description: 'Seconds to wait', schema: { type: 'integer' } } },
  },
  422: {
    description:
      'There is no server to give mail to (`no-mail-server`), no database for what `template` or `unsubscribe` need ' +
      '(`emails-need-database`), `on_success` or `on_failure` leads to where nothing may be sent (`destination_blocked`), ' +
      'or the `Idempotency-Key` was used with another body in the last 24 hours (`idempotency-key-reused`).',
    kind: 'no-mail-server',
    title: 'Unprocessable Entity',
    detail: 'E-mails cannot be sent: SMTP_URL is not set.',
    instance: PATH,
  },
  ...outagesOf(PATH),
};

const list: Problems = {
  400: validationProblem(
    'A parameter is not as it must be, or the cursor is not one of this list.',
    'limit',
    'must be a whole number from 1 to 100, got "1000"',
    PATH,
  ),
  ...outagesOf(PATH),
};

const get: Problems = {
  400: validationProblem('The id is no UUID.', 'id', 'must be a UUID, got "abc"', '/emails/abc'),
  404: {
    description: 'There is no such e-mail.',
    kind: 'not-found',
    title: 'Not Found',
    detail: `There is no e-mail ${ID}.`,
    instance: PATH_OF_ONE,
  },
  ...outagesOf(PATH_OF_ONE),
};

const attempts: Problems = {
  ...get,
  404: {
    ...(get[404] as ProblemExample),
    description: 'There is no such e-mail, or its record is no longer kept.',
    instance: `${PATH_OF_ONE}/attempts`,
  },
  ...outagesOf(`${PATH_OF_ONE}/attempts`),
};

const cancel: Problems = {
  ...get,
  409: {
    description: 'Its status does not allow it: `email_status` tells how it stands.',
    kind: 'email-status',
    title: 'Conflict',
    detail: `E-mail ${ID} is sent and can not be canceled.`,
    instance: PATH_OF_ONE,
    email_status: 'sent',
  },
  412: {
    description: 'The e-mail is in another version than `If-Match` allows.',
    kind: 'precondition-failed',
    title: 'Precondition Failed',
    detail: `E-mail ${ID} is in version "2", which If-Match does not allow.`,
    instance: PATH_OF_ONE,
    headers: { etag: { description: 'Version of the e-mail', schema: { type: 'string' } } },
  },
};

const modify: Problems = {
  ...cancel,
  400: validationProblem(
    'The body is not as it must be. Nothing was changed.',
    'body',
    'must name what is to be changed',
    PATH_OF_ONE,
  ),
  ...bodyProblemsOf(PATH_OF_ONE),
};

export const EMAIL_PROBLEMS = { create, list, get, attempts, cancel, modify };
