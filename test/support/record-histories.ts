import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { readVersion } from '#config/version.js';
import { bulkChangeWorkflowId } from '#contracts/bulk-change.js';
import { decodeTimerId, workflowIdOf } from '#contracts/timer-id.js';
import type { TimerIdParts } from '#contracts/timer-id.js';
import { createClient } from '#temporal/connection.js';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { postTimers } from './load.js';
import { Receiver } from './receiver.js';
import { System } from './system.js';

/** Stores histories of this version's workflows, which every later version must be able to replay. */
const folder = join(ROOT, 'test/replay/histories');
const system = await System.start({
  workers: 2,
  env: { RETRY_DELAYS_SECONDS: '2,2', SHUTDOWN_GRACE_SECONDS: '10', WHEEL_WIDTH_MS: '500' },
  dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': '15' },
  topology: 'embedded',
});
const receiver = await Receiver.start();
const client = createClient(
  { connectionOptions: { address: system.engine.address }, namespace: 'default' },
  'record',
);

receiver.answer('/fails', (_request, response) => response.writeHead(500).end());
receiver.answer('/slow', (_request, response) => void setTimeout(() => response.end(), 3_000));

await record('one-delivered', (await system.post({ seconds: 4, url: receiver.url('/one') })).id);
await record('one-failed', (await system.post({ url: receiver.url('/fails') })).id);
await record('group', await groupOf(30, (i) => ({ seconds: i % 12, url: receiver.url('/group') })));
await record(
  'continued',
  await groupOf(40, (i) => ({ seconds: i % 2 ? 3 : 15, url: receiver.url(i % 4 < 2 ? '/fails' : '/group') })),
);

// Of a group whose window is open, one is canceled: the window ends, and the rest goes into the next one.
const changed = await groupOf(10, (i) => ({ seconds: 4 + (i % 2), url: receiver.url('/group') }));
await waitUntil('its window is open', () => Date.now() > partsOf(changed).dueMs - 1_500);
await system.api().delete(`/timers/${changed}`).expect(200);
await record('changed', changed);

const again = await system.post({ url: receiver.url('/one'), on_success: receiver.url('/told') });
await receiver.received('/told', 1);
await ended(workflowIdOf('default', partsOf(again.id)));
await system.api().post(`/timers/${again.id}/redeliver`).expect(200);
await record('redelivered', again.id);

const { body: schedule } = await system
  .api()
  .post('/schedules')
  .send({ every: 'PT2S', max_runs: 1, url: receiver.url('/run') })
  .expect(201);
await receiver.received('/run', 1);
const { body: withRuns } = await system.api().get(`/schedules/${schedule.id}`).expect(200);
await record('run', withRuns.last_runs[0].id);

// One that waits as long as its destination is paused.
const closed = await Receiver.start();
const { host } = new URL(closed.url('/'));
await system.api().post(`/destinations/${host}/pause`).expect(202);
const waiting = await system.post({ seconds: 10, url: closed.url('/waits') });
const toldAgain = async () => {
  const { body } = await system.api().get('/timers').query({ host }).expect(200);
  const [timer] = (body as { data: { fire_at: string; next_attempt_at: string }[] }).data;
  return timer && Date.parse(timer.next_attempt_at) > Date.parse(timer.fire_at);
};
await waitUntil('it was postponed', toldAgain, { timeoutMs: 60_000 });
await system.api().post(`/destinations/${host}/resume`).expect(202);
const postponed = workflowIdOf('default', partsOf(waiting.id));
await ended(postponed);
const [resumed, first] = await runsOf(postponed);
await store('timers', 'postponed', postponed, first);
await store('timers', 'resumed', postponed, resumed);
await closed.stop();

// The worker that holds the window leaves while one delivery is in flight and others are not due yet.
await system.workers[1]?.stop();
const handedOver = await groupOf(20, (i) => ({
  seconds: 2 + (i % 4),
  url: receiver.url(i % 10 ? '/rest' : '/slow'),
}));
await receiver.received('/slow', 2);
system.workers[1]?.start();
await system.worker.stop();
await record('handed-over', handedOver);

const many = Array.from({ length: 250 }, () => ({ seconds: 3_600, url: 'http://many.example/' }));
await postTimers(system.servers, many);
const operation = await cancelAll('many.example');
await waitUntil('it has gone on in a second run', async () => (await runsOf(operation)).length > 1, {
  timeoutMs: 60_000,
});
await client.workflow.getHandle(operation).cancel();
await ended(operation);
const [last, ...earlier] = await runsOf(operation);
await store('bulkChange', 'continued', operation, earlier.at(-1));
await store('bulkChange', 'stopped', operation, last);
const rest = await cancelAll('many.example');
await ended(rest);
await store('bulkChange', 'finished', rest);

await client.connection.close();
await receiver.stop();
await system.stop();

/** POSTs timers together and answers with the id of one in the largest group. */
async function groupOf(
  size: number,
  body: (index: number) => { seconds: number; url: string },
): Promise<string> {
  const posts = await postTimers(
    system.servers,
    Array.from({ length: size }, (_, i) => body(i)),
    size,
  );
  const ids = posts.map((post) => post.body?.id ?? '');
  const groupSize = (id: string) => ids.filter((other) => groupKeyOf(other) === groupKeyOf(id)).length;
  return ids.reduce((best, id) => (groupSize(id) > groupSize(best) ? id : best));
}

async function record(name: string, id: string): Promise<void> {
  const workflowId = workflowIdOf('default', partsOf(id));
  await ended(workflowId);
  await store('timers', name, workflowId);
}

async function ended(workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  const over = async () => (await handle.describe()).status.name !== 'RUNNING';
  await waitUntil(`${workflowId} has ended`, over, { timeoutMs: 120_000 });
}

async function store(type: string, name: string, workflowId: string, runId?: string): Promise<void> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  mkdirSync(join(folder, type), { recursive: true });
  const file = join(folder, type, `${readVersion()}-${name}.json`);
  writeFileSync(file, `${JSON.stringify(JSON.parse(historyToJSON(history)), null, 1)}\n`);
}

/** Has all timers to a host canceled; answers with the workflow that does it. */
async function cancelAll(host: string): Promise<string> {
  const { body } = await system.api().delete('/timers').query({ host }).expect(202);
  return bulkChangeWorkflowId('default', (body as { id: string }).id);
}

/** The runs of a workflow, the latest first. */
async function runsOf(workflowId: string): Promise<string[]> {
  const runs: { runId: string; startTime: Date }[] = [];
  for await (const run of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run);
  return runs.sort((a, b) => b.startTime.getTime() - a.startTime.getTime()).map(({ runId }) => runId);
}

function groupKeyOf(id: string): string {
  return partsOf(id).groupKey;
}

function partsOf(id: string): TimerIdParts {
  const parts = decodeTimerId(id);
  if (!parts) throw new Error(`${id} is no timer's id`);
  return parts;
}
