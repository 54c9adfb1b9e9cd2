import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { readVersion } from '#config/version.js';
import { SCHEDULED_JOB_WORKFLOW, scheduledJobWorkflowId } from '#contracts/scheduled-job.js';
import { groupKeyOfSchedule, runWorkflowId } from '#contracts/timer-id.js';
import { createClient } from '#temporal/connection.js';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { Receiver } from './receiver.js';
import { System } from './system.js';

/** Stores histories of this version's runs of schedules of jobs, as record-histories.ts does for timers. */
const folder = join(ROOT, 'test/replay/histories', SCHEDULED_JOB_WORKFLOW);
const system = await System.start({
  database: true,
  topology: 'embedded',
  workerEnv: { WORKER_JOB_TYPES: join(ROOT, 'dist/test/support/scheduled-job-types.js') },
});
const receiver = await Receiver.start();
const client = createClient(
  { connectionOptions: { address: system.engine.address }, namespace: 'default' },
  'record',
);
receiver.answer('/held', () => undefined);
await waitUntil('the job type is known', async () => {
  const { body } = await system.api().get('/job-types');
  return (body as { data: unknown[] }).data.length > 0;
});

const [ended, held] = [await newSchedule('/ended'), await newSchedule('/held')];
await store('succeeded', await trigger(ended));

const running = await trigger(held);
await receiver.received('/held', 1);
await client.workflow.getHandle(running).cancel();
await store('canceled', running);

// A time that has had its run.
const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000 - 7_200_000);
const past = await newSchedule('/past', { starts_at: hour.toISOString() });
const first = runWorkflowId(scheduledJobWorkflowId('default', groupKeyOfSchedule(past)), hour.getTime());
for (const times of [1, 2]) {
  const to = new Date(hour.getTime() + 1_000).toISOString();
  await system.api().post(`/schedules/${past}/backfill`).send({ from: hour.toISOString(), to }).expect(202);
  await waitUntil(`it has run ${times} times`, async () => (await runsOf(first)) === times);
  await over(first);
}
await store('repeated', first);

await system.worker.stop();
system.worker.start({ TEST_TYPE_VERSION: '2' });
await system.worker.ready();
await store('not-planned', await trigger(ended));

await client.connection.close();
await receiver.stop();
await system.stop();

async function newSchedule(path: string, more: object = {}): Promise<string> {
  const job = { type: 'report', input: { url: receiver.url(path) } };
  const { body } = await system
    .api()
    .post('/schedules')
    .send({ every: 'PT1H', job, ...more })
    .expect(201);
  return (body as { id: string }).id;
}

/** The workflow of a run that begins now. */
async function trigger(scheduleId: string): Promise<string> {
  const { body } = await system.api().post(`/schedules/${scheduleId}/trigger`).expect(202);
  const dueMs = Date.parse((body as { fire_at: string }).fire_at);
  return runWorkflowId(scheduledJobWorkflowId('default', groupKeyOfSchedule(scheduleId)), dueMs);
}

async function runsOf(workflowId: string): Promise<number> {
  return (await client.workflow.count(`WorkflowId = '${workflowId}'`)).count;
}

async function over(workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  await waitUntil(`${workflowId} has ended`, async () => (await handle.describe()).status.name !== 'RUNNING');
}

async function store(name: string, workflowId: string): Promise<void> {
  await over(workflowId);
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify(JSON.parse(historyToJSON(history)), null, 1);
  // Stack traces tell where this checkout is.
  writeFileSync(join(folder, `${readVersion()}-${name}.json`), `${text.replaceAll(`${ROOT}/`, '')}\n`);
}
