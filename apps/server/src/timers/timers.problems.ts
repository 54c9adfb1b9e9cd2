import type { ProblemExample } from '../http/api-problem.js';
import { ENGINE_UNAVAILABLE, INTERNAL } from '../http/outage.problems.js';

const ID = '01a202b2-ec10-8000-a3f1-5c0d9e7b1a24';

export const CREATE_PROBLEMS: Record<number, ProblemExample> = {
  400: {
    description: 'The body is not as it must be. Nothing was started.',
    kind: 'validation',
    title: 'Bad Request',
    detail: 'seconds must be a whole number ≥ 0, got -1',
    instance: '/timers',
    errors: [{ field: 'seconds', message: 'must be a whole number ≥ 0, got -1' }],
  },
  413: {
    description: 'The body is over the limit.',
    kind: 'body-too-large',
    title: 'Payload Too Large',
    detail: 'Request body is too large',
    instance: '/timers',
  },
  415: {
    description: 'The body is not application/json.',
    kind: 'unsupported-media-type',
    title: 'Unsupported Media Type',
    detail: 'Unsupported Media Type: text/plain',
    instance: '/timers',
  },
  500: INTERNAL,
  503: ENGINE_UNAVAILABLE,
};

export const GET_PROBLEMS: Record<number, ProblemExample> = {
  400: {
    description: 'The id is no UUID.',
    kind: 'validation',
    title: 'Bad Request',
    detail: 'id must be a UUID, got "abc"',
    instance: '/timers/abc',
    errors: [{ field: 'id', message: 'must be a UUID, got "abc"' }],
  },
  404: {
    description: 'There is no such timer.',
    kind: 'not-found',
    title: 'Not Found',
    detail: `There is no timer ${ID}.`,
    instance: `/timers/${ID}`,
  },
  500: { ...INTERNAL, instance: `/timers/${ID}` },
  503: { ...ENGINE_UNAVAILABLE, instance: `/timers/${ID}` },
};

export const CHANGE_PROBLEMS: Record<number, ProblemExample> = {
  ...GET_PROBLEMS,
  409: {
    description: 'Its status does not allow it: `timer_status` tells how it stands.',
    kind: 'timer-status',
    title: 'Conflict',
    detail: `Timer ${ID} is delivered and can not be canceled.`,
    instance: `/timers/${ID}`,
    timer_status: 'delivered',
  },
};
