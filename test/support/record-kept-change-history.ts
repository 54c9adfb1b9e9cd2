import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { readVersion } from '#config/version.js';
import { KEPT_CHANGE_WORKFLOW, keptChangeWorkflowId } from '#contracts/kept-change.js';
import { createClient } from '#temporal/connection.js';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { Receiver } from './receiver.js';
import { System } from './system.js';

/** Stores the history of a redelivery that was asked for while no worker was there, as record-histories.ts does for timers. */
const folder = join(ROOT, 'test/replay/histories', KEPT_CHANGE_WORKFLOW);
const system = await System.start({ topology: 'embedded' });
const receiver = await Receiver.start();
const connectionOptions = { address: system.engine.address };
const client = createClient({ connectionOptions, namespace: 'default' }, 'record');

const { id } = await system.post({ url: receiver.url('/kept') });
await waitUntil('it is delivered', async () => (await system.get(id)).status === 'delivered');
await system.worker.stop();
await system.api().post(`/timers/${id}/redeliver`).expect(202);
system.worker.start();
await receiver.received('/kept', 2);

const kept = client.workflow.getHandle(keptChangeWorkflowId('default', id, 0));
await kept.result();
const history = JSON.parse(historyToJSON(await kept.fetchHistory())) as object;
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, `${readVersion()}-redelivered.json`), `${JSON.stringify(history, null, 1)}\n`);

await client.connection.close();
await receiver.stop();
await system.stop();
