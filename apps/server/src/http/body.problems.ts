import type { ProblemExample } from './api-problem.js';

/** What every route that takes a body can answer with. */
export function bodyProblemsOf(instance: string): Record<413 | 415, ProblemExample> {
  return {
    413: {
      description: 'The body is over the limit.',
      kind: 'body-too-large',
      title: 'Payload Too Large',
      detail: 'Request body is too large',
      instance,
    },
    415: {
      description: 'The body is not application/json.',
      kind: 'unsupported-media-type',
      title: 'Unsupported Media Type',
      detail: 'Unsupported Media Type: text/plain. The body must be application/json.',
      instance,
    },
  };
}
