import type { ProblemExample } from '../http/api-problem.js';
import { bodyProblemsOf } from '../http/body.problems.js';
import { storageProblemsOf } from '../http/needs-database.js';
import { validationProblem } from '../http/validation.problems.js';
import { CREATE_PROBLEMS as CREATE_TIMER_PROBLEMS } from '../timers/timers.problems.js';

type Problems = Record<number, ProblemExample>;

const { 409: inFlight } = CREATE_TIMER_PROBLEMS as Record<409, ProblemExample>;

const ID = '5b1f7f6e-61a1-4d6c-9f5c-0f6a3c7a2b10';
const PATH = '/blasts';
const AT = `${PATH}/${ID}`;

function unknown(instance: string): ProblemExample {
  return {
    ...{ description: 'There is no such blast.', kind: 'not-found', title: 'Not Found' },
    ...{ detail: `There is no blast ${ID}.`, instance },
  };
}

function status(instance: string, detail: string): ProblemExample {
  return {
    description: 'Its status does not allow it: `blast_status` tells how it stands.',
    ...{ kind: 'blast-status', title: 'Conflict', detail, instance, blast_status: 'finished' },
  };
}

/** What every route to a blast can answer with; those that tell its workflow something also when the engine is away. */
function of(instance: string): Problems {
  const storage = storageProblemsOf('Blasts', instance);
  return {
    ...storage,
    503: {
      ...storage[503],
      description:
        'The database (`database-unavailable`) or the engine (`engine-unavailable`) does not answer. Ask again after ' +
        '`Retry-After`: what was stored by then is stored.',
    },
    400: validationProblem('This is no id of a blast.', 'id', 'must be a UUID, got "abc"', `${PATH}/abc`),
    404: unknown(instance),
  };
}

const BAD_BODY = (instance: string) =>
  validationProblem(
    'The body is not as it must be. Nothing was changed.',
    'rate',
    'must be a number from 0.001 to 100000 with at most 3 decimals, got 0',
    instance,
  );

export const CREATE_PROBLEMS: Problems = {
  ...storageProblemsOf('Blasts', PATH),
  400: {
    ...BAD_BODY(PATH),
    description: 'The body is not as it must be, or can not be read as Liquid. Nothing was stored.',
  },
  409: { ...inFlight, instance: PATH },
  ...bodyProblemsOf(PATH),
  422: {
    ...storageProblemsOf('Blasts', PATH)[422],
    description:
      'There is no database (`needs-database`) or no mail server (`no-mail-server`), a url is one that nothing may be ' +
      'sent to (`destination_blocked`), or the `Idempotency-Key` was used with another body in the last 24 hours ' +
      '(`idempotency-key-reused`).',
  },
};

export const LIST_PROBLEMS: Problems = {
  ...storageProblemsOf('Blasts', PATH),
  400: validationProblem(
    'A parameter is not as it must be.',
    'limit',
    'must be a whole number from 1 to 100, got 0',
    PATH,
  ),
};

export const GET_PROBLEMS: Problems = of(AT);

export const CHANGE_PROBLEMS: Problems = {
  ...of(AT),
  400: BAD_BODY(AT),
  409: status(
    AT,
    `Blast ${ID} is finished and rate can not be changed now: email and webhook while nobody is being sent to, ` +
      'scheduled_at, timezone, window while it is draft or scheduled, name, rate, parallelism, kill_at, max_failure_rate until it ends.',
  ),
  ...bodyProblemsOf(AT),
};

export const REMOVE_PROBLEMS: Problems = {
  ...of(AT),
  409: {
    ...status(AT, `Blast ${ID} is running and can not be deleted: cancel it first.`),
    blast_status: 'running',
  },
};

export function statusProblemsOf(what: 'start' | 'pause' | 'resume' | 'cancel'): Problems {
  const done = { start: 'started', pause: 'paused', resume: 'resumed', cancel: 'canceled' }[what];
  const instance = `${AT}/${what}`;
  const wrongStatus = status(instance, `Blast ${ID} is finished and can not be ${done}.`);
  const orEmpty =
    'Its status does not allow it (`blast_status` tells how it stands), it has no recipients, or its kill_at has passed.';
  return { ...of(instance), 409: what === 'start' ? { ...wrongStatus, description: orEmpty } : wrongStatus };
}

export const RETRY_PROBLEMS: Problems = {
  ...of(`${AT}/retry`),
  400: validationProblem(
    ...(['The body is not as it must be.', 'kill_at', 'must be after 2026-11-22T10:00:00.000Z'] as const),
    `${AT}/retry`,
  ),
  409: status(`${AT}/retry`, `Blast ${ID} is finished and has nobody who has failed.`),
  ...bodyProblemsOf(`${AT}/retry`),
};

const RECIPIENTS = `${AT}/recipients`;

export const UPLOAD_PROBLEMS: Problems = {
  ...of(RECIPIENTS),
  400: validationProblem(
    'A line is wrong, the body can not be read, or has no recipients. Nothing of it was stored.',
    'line 3',
    'has no address',
    RECIPIENTS,
  ),
  408: {
    ...{ description: 'Nothing came any more. Nothing was stored.', kind: 'http', title: 'Request Timeout' },
    ...{ detail: 'Nothing came for 60 s, and the body has not ended.', instance: RECIPIENTS },
  },
  409: status(RECIPIENTS, `Blast ${ID} is finished and takes no recipients any more.`),
  422: {
    ...storageProblemsOf('Blasts', RECIPIENTS)[422],
    description:
      'There is no database (`needs-database`), or the `Idempotency-Key` was used with another body for this blast ' +
      '(`idempotency-key-reused`): all of it was read, and nothing of it stored.',
  },
  415: {
    ...bodyProblemsOf(RECIPIENTS)[415],
    description: 'The body is neither application/x-ndjson nor text/csv.',
    detail: 'Unsupported Media Type: text/plain. The body must be application/x-ndjson or text/csv.',
  },
};

export const RECIPIENTS_PROBLEMS: Problems = {
  ...of(RECIPIENTS),
  400: validationProblem(
    'A parameter is not as it must be.',
    'limit',
    'must be a whole number from 1 to 100, got 0',
    RECIPIENTS,
  ),
};

export const EXPORT_PROBLEMS: Problems = {
  ...of(`${RECIPIENTS}/export`),
  400: validationProblem(
    'A parameter is not as it must be.',
    'status',
    'must be of pending, sent, got "x"',
    `${RECIPIENTS}/export`,
  ),
};

function ofRecipient(instance: string): Problems {
  const description = 'There is no such blast, or it has no such recipient.';
  return { ...of(instance), 404: { ...unknown(instance), description } };
}

export const RECIPIENT_PROBLEMS: Problems = ofRecipient(`${RECIPIENTS}/4711`);

export const ACTIVITY_PROBLEMS: Problems = ofRecipient(`${RECIPIENTS}/4711/activity`);

export const PREVIEW_PROBLEMS: Problems = ofRecipient(`${RECIPIENTS}/4711/preview`);

export const RESOLVE_PROBLEMS: Problems = {
  ...RECIPIENT_PROBLEMS,
  400: validationProblem(
    ...(['The body is not as it must be.', 'as', 'must be one of sent, resend, got "x"'] as const),
    `${RECIPIENTS}/4711/resolve`,
  ),
  409: status(
    `${RECIPIENTS}/4711/resolve`,
    `Blast ${ID} is finished and its recipient 4711 is not uncertain.`,
  ),
  ...bodyProblemsOf(`${RECIPIENTS}/4711/resolve`),
};

export const RESOLVE_ALL_PROBLEMS: Problems = {
  ...of(`${AT}/resolve`),
  400: validationProblem(
    ...(['The body is not as it must be.', 'as', 'must be one of sent, resend, got "x"'] as const),
    `${AT}/resolve`,
  ),
  409: status(`${AT}/resolve`, `Blast ${ID} is ending and is to be asked again when it has ended.`),
  ...bodyProblemsOf(`${AT}/resolve`),
};
