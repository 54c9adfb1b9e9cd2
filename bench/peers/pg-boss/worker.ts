import { PgBoss } from 'pg-boss';
import { post } from '../../bare/post.activity.js';
import { answerQuestions } from '../../forked.js';
import { QUEUE } from './queue.js';

/** The shortest interval that it takes, four pollers, and no wait while there is more: its docs on `work`. */
const OPTIONS = {
  ...{ pollingIntervalSeconds: 0.5, localConcurrency: 4 },
  ...{ batchSize: 100, burstWhenBatchFull: true, perJobResults: true },
};

const [connectionString = ''] = process.argv.slice(2);
const boss = new PgBoss({ connectionString });
boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`));
await boss.start();
await boss.createQueue(QUEUE);
await boss.work(QUEUE, OPTIONS, (jobs) =>
  Promise.all(
    jobs.map(async ({ id, data }) => {
      const sent = await post(data.url).then(
        () => true,
        () => false,
      );
      return { id, status: sent ? 'completed' : 'failed' };
    }),
  ),
);
answerQuestions(() => undefined);
