import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { readVersion } from '#config/version.js';
import {
  claimProbe,
  DESTINATION_WORKFLOW,
  destinationWorkflowId,
  newDestination,
  outcomesReported,
  pauseRequested,
  resumeRequested,
} from '#contracts/destination.js';
import type { OutcomeReport } from '#contracts/destination.js';
import { TIMERS_TASK_QUEUE } from '#contracts/task-queues.js';
import { createClient } from '#temporal/connection.js';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { System } from './system.js';

/** Takes destinations through all of their states and stores the histories, which every later version must replay. */
const folder = join(ROOT, 'test/replay/histories/destination');
const CIRCUIT = { pauseAfterMs: 1_000, probeIntervalMs: 1_000, quietMs: 1_000 };

const failure = (failingSinceMs: number): OutcomeReport => ({
  ...{ successes: 0, failures: 10, failingSinceMs, lastFailureMs: Date.now(), lastError: 'timeout' },
});

const system = await System.start({
  topology: 'embedded',
  dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': '40' },
});
const connectionOptions = { address: system.engine.address };
const client = createClient({ connectionOptions, namespace: 'default' }, 'record');

const failing = await start('failing.example.com');
await failing.signal(outcomesReported, failure(Date.now() - CIRCUIT.pauseAfterMs));
await waitUntil('the probe is given out', () => failing.executeUpdate(claimProbe));
await failing.signal(outcomesReported, { successes: 1, failures: 0 });
await record('failing', failing);

const paused = await start('paused.example.com');
await paused.signal(pauseRequested);
await paused.executeUpdate(claimProbe);
await paused.signal(resumeRequested);
await record('paused-by-client', paused);

// Signals alone come to it, and nothing else wakes it.
const renewed = await start('renewed.example.com');
const firstRun = client.workflow.getHandle(renewed.workflowId, renewed.signaledRunId);
await waitUntil('it goes on in a new run', async () => {
  await renewed.signal(pauseRequested);
  return (await firstRun.describe()).status.name === 'CONTINUED_AS_NEW';
});
await record('renewed', firstRun);
await renewed.terminate();

await client.connection.close();
await system.stop();

async function start(host: string) {
  const status = newDestination('default', host, Date.now());
  return client.workflow.signalWithStart(DESTINATION_WORKFLOW, {
    workflowId: await destinationWorkflowId('default', host),
    ...{ taskQueue: TIMERS_TASK_QUEUE, args: [{ settings: CIRCUIT, status }] },
    ...{ signal: outcomesReported, signalArgs: [failure(Date.now())] },
  });
}

async function record(name: string, workflow: WorkflowHandle): Promise<void> {
  await waitUntil(`${name} has ended`, async () => (await workflow.describe()).status.name !== 'RUNNING');
  const file = join(folder, `${readVersion()}-${name}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    file,
    `${JSON.stringify(JSON.parse(historyToJSON(await workflow.fetchHistory())), null, 1)}\n`,
  );
}
