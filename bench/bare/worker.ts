import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { parseEnv } from '#config/env.js';
import { answerQuestions } from '../forked.js';
import { nothing, post } from './post.activity.js';
import { BARE_TASK_QUEUE } from './task-queue.js';

/** The worker of the bare side, with the settings of ours: see apps/worker/src/served-queues.ts. */
const [address = '', namespace = ''] = process.argv.slice(2);
const env = parseEnv(process.env);
const logger = new DefaultLogger('ERROR');
Runtime.install({ logger, telemetryOptions: { logging: { filter: 'ERROR', forward: {} } } });

const workflowsPath = fileURLToPath(new URL('./bare.workflow.js', import.meta.url));
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  namespace,
  taskQueue: BARE_TASK_QUEUE,
  workflowBundle: await bundleWorkflowCode({ workflowsPath, logger }),
  activities: { nothing, post },
  maxConcurrentWorkflowTaskPolls: env.WORKER_WORKFLOW_POLLERS,
  maxConcurrentWorkflowTaskExecutions: 200,
  maxConcurrentActivityTaskPolls: env.WORKER_ACTIVITY_POLLERS,
  maxConcurrentActivityTaskExecutions: env.WORKER_WINDOWS,
  // A workflow for each timer: with as few as ours it would build up most of them from their history again.
  maxCachedWorkflows: 1_000,
  stickyQueueScheduleToStartTimeout: 1_000,
});
const ended = worker.run();
answerQuestions(() => undefined);
await ended;
