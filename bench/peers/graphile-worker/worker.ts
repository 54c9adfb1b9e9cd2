import { run } from 'graphile-worker';
import { post } from '../../bare/post.activity.js';
import { answerQuestions } from '../../forked.js';
import { quiet, TASK } from './task.js';

const [connectionString = ''] = process.argv.slice(2);
await run({
  noHandleSignals: true,
  taskList: { [TASK]: ({ url }) => post(url) },
  preset: {
    worker: {
      // The configuration that its docs show best figures with, and jobs of the future looked for 20 times as often
      // as by default.
      ...{ connectionString, logger: quiet, concurrentJobs: 24, maxPoolSize: 25, localQueue: { size: 500 } },
      ...{ completeJobBatchDelay: 0, failJobBatchDelay: 0, pollInterval: 100 },
    },
  },
});
answerQuestions(() => undefined);
