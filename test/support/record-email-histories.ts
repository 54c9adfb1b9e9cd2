import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { readVersion } from '#config/version.js';
import { decodeTimerId, workflowIdOf } from '#contracts/timer-id.js';
import { createClient } from '#temporal/connection.js';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { Mailbox } from './mailbox.js';
import { Receiver } from './receiver.js';
import { System } from './system.js';

/** Stores histories of this version's groups of e-mails, which every later version must be able to replay. */
const folder = join(ROOT, 'test/replay/histories/emails');
const [mailbox, receiver] = [await Mailbox.start(), await Receiver.start()];
const system = await System.start({
  env: { SMTP_URL: mailbox.url, RETRY_DELAYS_SECONDS: '1,1', WHEEL_WIDTH_MS: '500' },
  topology: 'embedded',
});
const client = createClient(
  { connectionOptions: { address: system.engine.address }, namespace: 'default' },
  'record',
);
const email = { to: 'ada@example.com', subject: 'Hello', text: 'Hi' };

await record('sent', await post({ ...email, delay: 'PT4S' }));

mailbox.answer('greylisted@example.com', (count) => (count === 1 ? '451 4.7.1 not now' : undefined));
await record('retried', await post({ ...email, to: 'greylisted@example.com' }));

mailbox.answer('gone@example.com', () => '550 5.1.1 no such user');
await record(
  'bounced',
  await post({ ...email, to: 'gone@example.com', on_failure: receiver.url('/failed') }),
);

const moved = await post({ ...email, delay: 'PT1H', kill_at: '2031-01-01T00:00:00Z' });
await system.api().patch(`/emails/${moved}`).send({ delay: 'PT1S', kill_at: null }).expect(200);
await record('moved', moved);

const canceled = await post({ ...email, delay: 'PT3S' });
await waitUntil('its window is open', () => Date.now() > (decodeTimerId(canceled)?.dueMs ?? 0) - 1_500);
await system.api().delete(`/emails/${canceled}`).expect(200);
await record('canceled', canceled);

await client.connection.close();
await Promise.all([receiver.stop(), mailbox.stop()]);
await system.stop();

async function post(body: object): Promise<string> {
  const { body: accepted } = await system.api().post('/emails').send(body).expect(201);
  return accepted.id as string;
}

async function record(name: string, id: string): Promise<void> {
  const parts = decodeTimerId(id);
  const handle = client.workflow.getHandle(parts ? workflowIdOf('default', parts, 'emails') : '');
  const over = async () => (await handle.describe()).status.name !== 'RUNNING';
  await waitUntil(`${name} has ended`, over, { timeoutMs: 60_000 });
  mkdirSync(folder, { recursive: true });
  const history = JSON.parse(historyToJSON(await handle.fetchHistory())) as object;
  writeFileSync(join(folder, `${readVersion()}-${name}.json`), `${JSON.stringify(history, null, 1)}\n`);
}
