import type { ProblemExample } from './api-problem.js';

/** What every route that needs the engine can answer with. */
export const ENGINE_UNAVAILABLE: ProblemExample = {
  description: 'The engine does not answer. Try again after `Retry-After`.',
  kind: 'engine-unavailable',
  title: 'Service Unavailable',
  detail: 'The timer engine does not answer. Nothing was confirmed; try again.',
  instance: '/timers',
  headers: { 'retry-after': { description: 'Seconds to wait', schema: { type: 'integer' } } },
};

export const INTERNAL: ProblemExample = {
  description: 'A fault of the server. It is logged.',
  kind: 'internal',
  title: 'Internal Server Error',
  detail: 'Something is wrong on our side.',
  instance: '/timers',
};

export function outagesOf(instance: string): Record<number, ProblemExample> {
  return { 500: { ...INTERNAL, instance }, 503: { ...ENGINE_UNAVAILABLE, instance } };
}
