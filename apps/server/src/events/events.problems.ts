import type { ProblemExample } from '../http/api-problem.js';
import { outagesOf } from '../http/outage.problems.js';
import { validationProblem } from '../http/validation.problems.js';

export const EVENTS_PROBLEMS: Record<number, ProblemExample> = {
  400: validationProblem(
    '`Last-Event-ID` is no id of an event.',
    'Last-Event-ID',
    'must be the id of an event',
    '/events',
  ),
  429: {
    description: 'Too many clients listen already.',
    kind: 'too-many-listeners',
    title: 'Too Many Requests',
    detail: 'At most 50 clients can listen to the events of a tenant at a time.',
    instance: '/events',
    headers: { 'retry-after': { description: 'Seconds to wait', schema: { type: 'integer' } } },
  },
  ...outagesOf('/events'),
};
