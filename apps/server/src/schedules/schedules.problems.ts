import type { ProblemExample } from '../http/api-problem.js';
import { validationProblem } from '../http/validation.problems.js';
import { CREATE_PROBLEMS as CREATE_TIMER_PROBLEMS } from '../timers/timers.problems.js';

const ID = '5f0c9e3a-71d2-8b64-a3f1-5c0d9e7b1a24';
const BAD_CRON = 'has "24" as its hour, allowed are 0 to 23';

type Problems = Record<number, ProblemExample>;

const at = (instance: string, problems: Problems): Problems =>
  Object.fromEntries(Object.entries(problems).map(([status, problem]) => [status, { ...problem, instance }]));

const {
  409: _inFlight,
  413: tooLarge,
  415: otherType,
  422: keyReused,
  500: internal,
  503: unavailable,
} = CREATE_TIMER_PROBLEMS as Record<400 | 409 | 413 | 415 | 422 | 500 | 503, ProblemExample>;

const BAD_FIELD: ProblemExample = validationProblem(
  'A field is not as it must be. Nothing was set or changed.',
  'cron',
  BAD_CRON,
  '/schedules',
);

const BAD_ID: ProblemExample = validationProblem(
  'The id is no UUID.',
  'id',
  'must be a UUID, got "abc"',
  '/schedules/abc',
);

const UNKNOWN: ProblemExample = {
  description: 'There is no such schedule.',
  kind: 'not-found',
  title: 'Not Found',
  detail: `There is no schedule ${ID}.`,
  instance: `/schedules/${ID}`,
};

const BAD_LIMIT: ProblemExample = validationProblem(
  'A parameter is not as it must be.',
  'limit',
  'must be a whole number from 1 to 100, got "0"',
  '/schedules',
);

const OF_BODY: Problems = { 413: tooLarge, 415: otherType };
const ALWAYS: Problems = { 500: internal, 503: unavailable };

const REFUSED: ProblemExample = {
  ...keyReused,
  description:
    'The url, or an alert, leads to where nothing may be sent (`destination_blocked`), no worker has such a job type ' +
    '(`unknown-job-type`), mail cannot be sent (`no-mail-server`), or there is no database (`flow-needs-database`, ' +
    '`jobs-need-database`).',
};

export const CREATE_PROBLEMS = at('/schedules', {
  ...{ 400: BAD_FIELD, ...OF_BODY },
  422: {
    ...REFUSED,
    description: `${REFUSED.description} Or the \`Idempotency-Key\` was used with another body in the last 24 hours (\`idempotency-key-reused\`).`,
  },
  ...ALWAYS,
});

export const LIST_PROBLEMS = at('/schedules', { 400: BAD_LIMIT, ...ALWAYS });

export const GET_PROBLEMS: Problems = {
  400: BAD_ID,
  ...at(`/schedules/${ID}`, { 404: UNKNOWN, ...ALWAYS }),
};

export const UPDATE_PROBLEMS = at(`/schedules/${ID}`, {
  ...{ ...GET_PROBLEMS, 400: BAD_FIELD, ...OF_BODY },
  422: REFUSED,
});

export const BACKFILL_PROBLEMS = at(`/schedules/${ID}/backfill`, {
  ...GET_PROBLEMS,
  ...OF_BODY,
  400: {
    ...BAD_FIELD,
    detail: 'to must be after from',
    errors: [{ field: 'to', message: 'must be after from' }],
  },
});
