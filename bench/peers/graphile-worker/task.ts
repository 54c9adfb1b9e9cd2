import { Logger } from 'graphile-worker';

export const TASK = 'post';

/** Says nothing of each job. */
export const quiet = new Logger(() => (level, message) => {
  if (level === 'error') process.stderr.write(`graphile-worker: ${message}\n`);
});
