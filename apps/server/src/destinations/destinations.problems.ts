import type { ProblemExample } from '../http/api-problem.js';

/** For every route that is given a url to deliver to. */
export const DESTINATION_BLOCKED: ProblemExample = {
  description: 'Deliveries may not go to the destination. Nothing was started.',
  kind: 'destination_blocked',
  title: 'Unprocessable Entity',
  detail: 'The destination is not public, and not opened by the operator.',
  instance: '/timers',
};
