import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { readVersion } from '#config/version.js';
import { decodeTimerId, workflowIdOf } from '#contracts/timer-id.js';
import type { TimerIdParts } from '#contracts/timer-id.js';
import { createClient } from '#temporal/connection.js';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { Collector } from './collector.js';
import { Receiver } from './receiver.js';
import { System } from './system.js';

/** Stores the history of a timer that was set and delivered with traces on: it must replay without them too. */
const [collector, receiver] = await Promise.all([Collector.start(), Receiver.start()]);
const system = await System.start({
  env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, RETRY_DELAYS_SECONDS: '1' },
  topology: 'embedded',
});
const connectionOptions = { address: system.engine.address };
const client = createClient({ connectionOptions, namespace: 'default' }, 'record');
receiver.answer('/retried', (_request, response, count) => response.writeHead(count > 1 ? 200 : 500).end());
const { id } = await system.post({
  ...{ seconds: 3, url: receiver.url('/retried') },
  on_success: receiver.url('/told'),
});
await receiver.received('/told', 1);
const workflow = client.workflow.getHandle(workflowIdOf('default', decodeTimerId(id) as TimerIdParts));
await waitUntil('it has ended', async () => (await workflow.describe()).status.name !== 'RUNNING');
const json = historyToJSON(await workflow.fetchHistory());
const file = join(ROOT, `test/replay/histories/timers/${readVersion()}-traced.json`);
writeFileSync(file, `${JSON.stringify(JSON.parse(json), null, 1)}\n`);
await client.connection.close();
await system.stop();
await Promise.all([collector.stop(), receiver.stop()]);
