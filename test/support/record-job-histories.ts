import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { readVersion } from '#config/version.js';
import { JOB_ALERT_WORKFLOW } from '#contracts/job-alert.js';
import { JOB_WORKFLOW, jobWorkflowId } from '#contracts/job.js';
import { createClient } from '#temporal/connection.js';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { JOB_TYPES, Jobs } from './jobs.js';
import { Mailbox } from './mailbox.js';
import { Receiver } from './receiver.js';
import { System } from './system.js';

/** Takes jobs through all that can become of them, and stores the histories, which every later version must replay. */
const folder = join(ROOT, 'test/replay/histories');
const [receiver, mailbox] = await Promise.all([Receiver.start(), Mailbox.start()]);
const system = await System.start({
  ...{ workers: 2, database: true, topology: 'embedded' },
  env: { WORKER_JOB_TYPES: JOB_TYPES, SMTP_URL: mailbox.url },
  dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': '15' },
});
const connectionOptions = { address: system.engine.address };
const client = createClient({ connectionOptions, namespace: 'default' }, 'record');
const jobs = new Jobs(system);
await jobs.published('ordered');

const url = (label: string) => ({ url: receiver.url(`/${label}`) });
const alerts = { alerts: { webhooks: [receiver.url('/alerts')], emails: ['oncall@example.com'] } };
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

const spread = await jobs.start('parent', { ...url('spread'), result: 'record', count: 2 });
await record('children', spread, 'succeeded');

const delayed = await jobs.start('ordered', url('delayed'), { delay: 'PT2S' });
await record('delayed', delayed, 'succeeded');

const failed = await jobs.start('failing', { ...url('failed'), failures: 3 }, alerts);
await record('failed', failed, 'failed');
await recordAlert('failed', failed);

const killed = await jobs.start('endless', url('killed'), {
  ...{ ...alerts, kill_at: inMs(4_000), warn_before: 'PT2S' },
});
await record('warned-and-killed', killed, 'killed');

const canceled = await jobs.start('endless', url('canceled'));
await receiver.received('/canceled/before', 1);
await waitUntil('it runs', async () => (await jobs.get(canceled)).groups[1]?.status === 'running');
await system.api().delete(`/jobs/${canceled}`).expect(202);
await record('canceled', canceled, 'canceled');

// The worker that runs them goes: one is handed over, the others are uncertain.
await system.workers[1]?.stop();
const held = ['retried', 'skipped', 'handed-over'] as const;
for (const label of held)
  receiver.answer(`/${label}/hold`, (_request, response, count) => void (count > 1 && response.end()));
const [retried = '', skipped = ''] = await Promise.all([
  ...[jobs.start('held-once', url('retried'), alerts), jobs.start('held-once', url('skipped'))],
]);
for (const label of ['retried', 'skipped']) await receiver.received(`/${label}/hold`, 1);
await system.worker.kill();
system.workers[1]?.start();
await jobs.reached(retried, 'uncertain');
await jobs.reached(skipped, 'uncertain');
await jobs.decide(retried, 1, 'retry');
await jobs.decide(skipped, 1, 'skip');
await record('uncertain-and-retried', retried, 'succeeded');
await record('uncertain-and-skipped', skipped, 'succeeded');

const handedOver = await jobs.start('held', url('handed-over'));
await receiver.received('/handed-over/hold', 1);
system.worker.start();
await system.worker.ready();
await system.workers[1]?.stop();
await record('handed-over', handedOver, 'succeeded');

await client.connection.close();
await system.stop();
await Promise.all([receiver.stop(), mailbox.stop()]);

async function record(name: string, id: string, status: string): Promise<void> {
  await jobs.reached(id, status);
  await store(JOB_WORKFLOW, name, workflowIdOf(id));
}

async function recordAlert(name: string, id: string): Promise<void> {
  const query = `WorkflowType = '${JOB_ALERT_WORKFLOW}' AND ExecutionStatus = 'Completed'`;
  const workflowId = await waitUntil('its alert has ended', async () => {
    for await (const each of client.workflow.list({ query }))
      if (each.workflowId.includes(id)) return each.workflowId;
    return undefined;
  });
  await store(JOB_ALERT_WORKFLOW, name, workflowId);
}

/** All of its runs: where there are more than one, with their numbers. */
async function store(type: string, name: string, workflowId: string): Promise<void> {
  const histories: History[] = [];
  for (let runId: string | undefined; runId !== '';) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    histories.unshift(history);
    runId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
  }
  mkdirSync(join(folder, type), { recursive: true });
  histories.forEach((history, run) => {
    const file = `${readVersion()}-${name}${histories.length > 1 ? `-${run + 1}` : ''}.json`;
    const json = JSON.stringify(JSON.parse(historyToJSON(history)), null, 1);
    // Failures name the files that they come from.
    writeFileSync(join(folder, type, file), `${json.replaceAll(ROOT, '.')}\n`);
  });
}

function workflowIdOf(id: string): string {
  return jobWorkflowId('default', id);
}
