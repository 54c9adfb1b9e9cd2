import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import { Database } from '#database/database.js';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { newAdminToken, Operator, withApiKeys } from '../support/accounts.js';
import { Receiver } from '../support/receiver.js';
import type { ReceivedRequest } from '../support/receiver.js';
import { System } from '../support/system.js';

const TOKEN = 'Bearer token-of-the-receiver';

describe('a new SECRETS_KEY', () => {
  const adminToken = newAdminToken();
  let system: System;
  let operator: Operator;
  let receiver: Receiver;

  beforeAll(async () => {
    [system, receiver] = await Promise.all([System.start(withApiKeys(adminToken)), Receiver.start()]);
    operator = new Operator(system, adminToken);
  });

  afterAll(async () => {
    await receiver.stop();
    await system.stop();
  });

  it('takes the place of the old one: keys that were used since and secrets that were sealed anew go on', async () => {
    const oldKey = system.server.environment.SECRETS_KEY ?? '';
    const newKey = randomBytes(32).toString('base64');
    await operator.tenant('acme');
    const scopes = ['timers:read', 'timers:write', 'secrets:write', 'blasts:read', 'blasts:write'];
    const [used, unused, maker] = [
      await operator.key('acme', scopes),
      await operator.key('acme'),
      await operator.key('acme', scopes),
    ];
    const made = await system.api().post('/signing-secrets').auth(maker.key, { type: 'bearer' }).send({});
    expect(made.status).toBe(201);
    const { secret } = made.body as { secret: string };
    const blast = await draftOfBlast(maker.key);
    expect(await storedBlasts()).not.toContain(TOKEN);

    await restartWith(`${newKey},${oldKey}`);
    await deliver(used.key, 201, secret);
    await waitUntil('the use of the key is noted', async () => {
      const { body } = await operator.request('get', '/tenants/acme/api-keys').expect(200);
      const { data } = body as { data: { id: string; last_used_at: string | null }[] };
      return typeof data.find(({ id }) => id === used.id)?.last_used_at === 'string';
    });
    const told = (anew: number) =>
      `1 signing secrets, ${anew} of them sealed anew.\n1 blasts by webhook, ${anew} of them sealed anew.\n`;
    expect(await reseal(`${newKey},${oldKey}`)).toBe(told(1));
    expect(await reseal(`${newKey},${oldKey}`)).toBe(told(0));
    await expect(reseal(oldKey)).rejects.toThrow('sealed with another SECRETS_KEY');

    await restartWith(newKey);
    await deliver(used.key, 201, secret);
    await deliver(unused.key, 401, secret);
    await system.api().post(`/blasts/${blast}/start`).auth(used.key, { type: 'bearer' }).expect(200);
    const [{ headers }] = (await receiver.received('/blast', 1)) as [ReceivedRequest];
    expect(headers.authorization).toBe(TOKEN);
  });

  /** A blast by webhook to one recipient, with a secret of its receiver. */
  async function draftOfBlast(key: string): Promise<string> {
    const asked = { name: 'test', channel: 'webhook', webhook: { headers: { Authorization: TOKEN } } };
    const { body } = await system.api().post('/blasts').auth(key, { type: 'bearer' }).send(asked).expect(201);
    const { id, webhook } = body as { id: string; webhook: { headers: object } };
    expect(webhook.headers).toMatchObject({ authorization: TOKEN });
    await system
      .api()
      .post(`/blasts/${id}/recipients`)
      .auth(key, { type: 'bearer' })
      .set('content-type', 'application/x-ndjson')
      .send(JSON.stringify({ url: receiver.url('/blast') }))
      .expect(200);
    return id;
  }

  /** All that the database has of blasts. */
  async function storedBlasts(): Promise<string> {
    const database = new Database(system.server.environment.DATABASE_URL ?? '', () => undefined);
    const { rows } = await database.orm.execute(sql`SELECT * FROM blasts`);
    await database.close();
    expect(rows).toHaveLength(1);
    return JSON.stringify(rows);
  }

  async function restartWith(secretsKey: string): Promise<void> {
    await Promise.all(system.apps.map((app) => app.stop()));
    for (const app of system.apps) app.start({ SECRETS_KEY: secretsKey });
    await system.ready();
  }

  async function deliver(key: string, status: number, secret: string): Promise<void> {
    const before = receiver.requests.length;
    const body = { seconds: 1, url: receiver.url('/signed/') };
    await system.api().post('/timers').auth(key, { type: 'bearer' }).send(body).expect(status);
    if (status !== 201) return;
    const requests = await receiver.received('/signed/', before + 1);
    const { body: text, headers } = requests.at(-1) as ReceivedRequest;
    const content = new Webhook(secret).verify(text, headers as Record<string, string>, { jsonParse: false });
    expect(content).toBeUndefined();
  }

  async function reseal(secretsKey: string): Promise<string> {
    const { DATABASE_URL = '' } = system.server.environment;
    const env = { ...process.env, DATABASE_URL, SECRETS_KEY: secretsKey };
    const script = join(ROOT, 'dist/scripts/reseal.js');
    const options = { env, cwd: system.folder };
    return (await promisify(execFile)(process.execPath, [script], options)).stdout;
  }
});
