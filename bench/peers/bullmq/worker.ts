import { Worker } from 'bullmq';
import { post } from '../../bare/post.activity.js';
import { answerQuestions } from '../../forked.js';
import { QUEUE, redisAt } from './queue.js';

/** For jobs that wait for the network its docs say 100 to 300. */
const CONCURRENCY = 200;

const worker = new Worker(QUEUE, ({ data }) => post(data.url), {
  connection: redisAt(process.argv[2]),
  concurrency: CONCURRENCY,
});
worker.on('error', (error) => process.stderr.write(`BullMQ: ${error.message}\n`));
await worker.waitUntilReady();
answerQuestions(() => undefined);
