import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { readVersion } from '#config/version.js';
import { BLAST_WORKFLOW, blastWorkflowId } from '#contracts/blast.js';
import { createClient } from '#temporal/connection.js';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { Blasts } from './blasts.js';
import { Receiver } from './receiver.js';
import { System } from './system.js';

/** Takes blasts through all that can become of them, and stores the histories, which every later version must replay. */
const folder = join(ROOT, 'test/replay/histories', BLAST_WORKFLOW);
const receiver = await Receiver.start();
const system = await System.start({
  ...{ workers: 2, database: true, topology: 'embedded' },
  dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': '40' },
});
const connectionOptions = { address: system.engine.address };
const client = createClient({ connectionOptions, namespace: 'default' }, 'record');
const blasts = new Blasts(system);
const webhook = { channel: 'webhook', webhook: {} };
const hooks = (path: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ url: receiver.url(`${path}/${index}`), data: { index } }));

const finished = await blasts.start(webhook, hooks('/finished', 20));
await blasts.reached(finished, 'finished');
await store('finished', finished);

const scheduled = await blasts.create({
  ...webhook,
  scheduled_at: new Date(Date.now() + 2_000).toISOString(),
});
await blasts.upload(scheduled, hooks('/scheduled', 5));
await blasts.reached(scheduled, 'finished');
await store('scheduled', scheduled);

const paused = await blasts.start({ ...webhook, rate: 20 }, hooks('/paused', 60));
await receiver.received('/paused', 5);
await blasts.tell(paused, 'pause');
await blasts.until(paused, 'is quiet', (blast) => blast.counts.sending === 0);
await blasts.tell(paused, 'resume');
await receiver.received('/paused', 20);
await blasts.tell(paused, 'cancel');
await blasts.reached(paused, 'canceled');
await store('paused-and-canceled', paused);

const killed = await blasts.start(
  { ...webhook, rate: 10, kill_at: new Date(Date.now() + 3_000).toISOString() },
  hooks('/killed', 100),
);
await blasts.reached(killed, 'killed');
await store('killed', killed);

const long = await blasts.start({ ...webhook, parallelism: 40 }, hooks('/long', 6_000));
await receiver.received('/long', 300);
await system.worker.kill();
system.worker.start();
await blasts.reached(long, 'finished', 90_000);
await store('continued', long);

await client.connection.close();
await receiver.stop();
await system.stop();

/** All runs of a blast. */
async function store(name: string, id: string): Promise<void> {
  const workflowId = blastWorkflowId('default', id);
  const handle = client.workflow.getHandle(workflowId);
  await waitUntil(`${workflowId} has ended`, async () => (await handle.describe()).status.name !== 'RUNNING');
  const runs: string[] = [];
  await waitUntil('all runs are listed', async () => {
    runs.length = 0;
    for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
      runs.push(runId);
    const { runId } = await handle.describe();
    return runs.includes(runId);
  });
  mkdirSync(folder, { recursive: true });
  for (const [index, runId] of runs.reverse().entries()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const text = JSON.stringify(JSON.parse(historyToJSON(history)), null, 1);
    const suffix = runs.length > 1 ? `-${index + 1}` : '';
    // Stack traces tell where this checkout is.
    const file = join(folder, `${readVersion()}-${name}${suffix}.json`);
    writeFileSync(file, `${text.replaceAll(`${ROOT}/`, '')}\n`);
  }
}
