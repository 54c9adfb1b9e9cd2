import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { waitUntil } from '../../scripts/wait-until.js';
import { createClient } from '#temporal/connection.js';
import { Receiver } from '../support/receiver.js';
import type { ReceivedRequest } from '../support/receiver.js';
import { System } from '../support/system.js';
import { TOPOLOGY } from '../support/topology.js';

interface SecretBody {
  id: string;
  host: string | null;
  kind: string;
  public_key: string | null;
  retires_at: string | null;
  /** Only where it was just made. */
  secret: string;
}

const DAY_MS = 86_400_000;

describe('signatures', () => {
  let system: System;
  let receiver: Receiver;
  let sent = 0;

  beforeAll(async () => {
    [system, receiver] = await Promise.all([System.start({ database: true }), Receiver.start()]);
  });

  afterAll(async () => {
    await receiver.stop();
    await system.stop();
  });

  async function make(body: object = {}, path = ''): Promise<SecretBody> {
    const response = await system.api().post(`/signing-secrets${path}`).send(body).expect(201);
    return response.body as SecretBody;
  }

  async function list(): Promise<SecretBody[]> {
    const { body } = await system.api().get('/signing-secrets').expect(200);
    return (body as { data: SecretBody[] }).data;
  }

  async function removeAll(): Promise<void> {
    for (const { id } of await list()) await system.api().delete(`/signing-secrets/${id}`).expect(204);
  }

  /**
   * A delivery to the host. Due in some seconds, so that its window is read after what was changed before, and by then what
   * a worker has read of an earlier window is old.
   */
  async function deliver(host = '127.0.0.1'): Promise<ReceivedRequest> {
    const path = `/delivery-${++sent}/`;
    await system.post({ seconds: 2, url: receiver.url(path).replace('127.0.0.1', host) });
    const [request] = await receiver.received(path, 1);
    return request as ReceivedRequest;
  }

  /** The signatures by their kind, each alone. */
  function signatures({ headers }: ReceivedRequest): string[] {
    const header = headers['webhook-signature'] as string | undefined;
    return header?.split(' ') ?? [];
  }

  /** Throws unless the public library accepts the request. */
  function verifyBy(secret: string, { headers, body }: ReceivedRequest): void {
    new Webhook(secret).verify(body, headers as Record<string, string>, { jsonParse: false });
  }

  it('are not there before there is a secret', async () => {
    expect((await deliver()).headers['webhook-signature']).toBeUndefined();
  });

  it('are accepted by the public library, over the id, the time and the body that were sent', async () => {
    const { secret } = await make();
    const request = await deliver();
    expect(signatures(request)).toHaveLength(1);
    verifyBy(secret, request);
    const changed = { ...request, headers: { ...request.headers, 'webhook-id': randomUUID() } };
    expect(() => verifyBy(secret, changed)).toThrow();
    await removeAll();
  });

  it('can be by a secret of your own', async () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect((await make({ secret })).secret).toBe(secret);
    verifyBy(secret, await deliver());
    await removeAll();
  });

  it('are by both secrets during a rotation, by the new one first, and then by the new one alone', async () => {
    const old = await make();
    const current = await make({}, '/rotate');
    const request = await deliver();
    expect(signatures(request)).toHaveLength(2);
    for (const { secret } of [old, current]) verifyBy(secret, request);
    const [first] = signatures(request);
    const onlyFirst = { ...request, headers: { ...request.headers, 'webhook-signature': first } };
    verifyBy(current.secret, onlyFirst);

    const [newest, retiring] = await list();
    expect(newest).toMatchObject({ id: current.id, retires_at: null });
    expect(retiring).toMatchObject({ id: old.id });
    const overlapMs = Date.parse(retiring?.retires_at ?? '') - Date.now();
    expect(Math.abs(overlapMs - DAY_MS)).toBeLessThan(60_000);

    const last = await make({ overlap_seconds: 0 }, '/rotate');
    const after = await deliver();
    // The one that the second rotation replaced is gone; the first one has a day.
    expect(signatures(after)).toHaveLength(2);
    for (const { secret } of [last, old]) verifyBy(secret, after);
    expect(() => verifyBy(current.secret, after)).toThrow();
    await removeAll();
  });

  it('to a host with secrets of its own are by these and not by the general one', async () => {
    const general = await make();
    const own = await make({ host: 'LOCALHOST' });
    expect(own.host).toBe('localhost');
    const [toHost, toOther] = await Promise.all([deliver('localhost'), deliver('127.0.0.1')]);
    verifyBy(own.secret, toHost);
    expect(() => verifyBy(general.secret, toHost)).toThrow();
    verifyBy(general.secret, toOther);
    expect(() => verifyBy(own.secret, toOther)).toThrow();
    await removeAll();
  });

  it('by ed25519 verify with the public key, beside the others', async () => {
    const hmac = await make();
    const { public_key } = await make({ kind: 'v1a' });
    const request = await deliver();
    verifyBy(hmac.secret, request);
    const asymmetric = signatures(request).find((each) => each.startsWith('v1a,')) ?? '';
    const x = Buffer.from(public_key?.replace('whpk_', '') ?? '', 'base64').toString('base64url');
    const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
    const { 'webhook-id': id, 'webhook-timestamp': timestamp } = request.headers as Record<string, string>;
    const content = Buffer.from(`${id}.${timestamp}.${request.body}`);
    expect(verify(null, content, key, Buffer.from(asymmetric.slice(4), 'base64'))).toBe(true);
    await removeAll();
  });

  // On PostgreSQL the engine's own database would be away with it.
  const withoutDatabase = TOPOLOGY === 'embedded' ? it : () => undefined;

  withoutDatabase('go on while the database is away, and nothing of a secret is in a log', async () => {
    const { secret } = await make();
    verifyBy(secret, await deliver());
    await system.database?.kill();
    for (let delivery = 0; delivery < 3; delivery++) verifyBy(secret, await deliver());
    await system.database?.start();
    const logs = system.apps.map(({ logFile }) => readFileSync(logFile, 'utf8')).join('');
    expect(logs).not.toContain(secret.replace('whsec_', ''));
  });

  withoutDatabase(
    'are waited for by a worker that could not read them yet: late, but not unsigned',
    async () => {
      const [{ id: secretId } = { id: '' }] = await list();
      await system.api().delete(`/signing-secrets/${secretId}`).expect(204);
      const { secret } = await make();
      await system.worker.stop();
      await system.database?.kill();
      system.worker.start();
      const { id } = await system.post({ url: receiver.url('/waits/') });
      await waitUntil(
        'the worker has its window',
        async () => (await system.get(id)).status === 'dispatching',
      );
      await waitUntil('it says why it waits', () =>
        readFileSync(system.worker.logFile, 'utf8').includes('Signing secrets could not be loaded'),
      );
      expect(receiver.at('/waits/')).toHaveLength(0);
      await system.database?.start();
      const [request] = await receiver.received('/waits/', 1);
      verifyBy(secret, request as ReceivedRequest);
    },
  );

  describe('their secrets', () => {
    beforeAll(async () => {
      await removeAll();
    });

    it('are shown once and never again', async () => {
      const { secret, ...rest } = await make({ host: 'once.example.com' });
      expect(secret).toMatch(/^whsec_/);
      const { body, text } = await system.api().get('/signing-secrets').expect(200);
      expect((body as { data: SecretBody[] }).data).toContainEqual(rest);
      expect(text).not.toContain(secret.slice(6));
    });

    it('are one for each host and kind, also when two are made or rotated at once', async () => {
      const at = (path: string, body: object) => system.api().post(`/signing-secrets${path}`).send(body);
      const body = { host: 'twice.example.com' };
      const made = await Promise.all([1, 2, 3].map(() => at('', body)));
      expect(made.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
      const rotated = await Promise.all([1, 2, 3].map(() => at('/rotate', body)));
      expect(rotated.map(({ status }) => status)).toEqual([201, 201, 201]);
      const ours = (await list()).filter(({ host }) => host === body.host);
      expect(ours).toHaveLength(4);
      expect(ours.filter(({ retires_at }) => retires_at === null)).toHaveLength(1);
      await at('/rotate', body).expect(201);
      const { body: problem } = await at('/rotate', body).expect(409);
      expect(problem.type).toBe('urn:timekeeper:problem:conflict');
    });

    it.each([
      [{ secret: 'whsec_AAAA' }, 'secret', /24 to 64 bytes/],
      [{ secret: 'abc' }, 'secret', /whsec_/],
      [{ secret: 5 }, 'secret', /whsec_/],
      [{ kind: 'v2' }, 'kind', /v1 or v1a/],
      [{ kind: 'v1a', secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }, 'kind', /that of the secret/],
      [{ host: 'a.com:80' }, 'host', /host name/],
      [{ host: '' }, 'host', /host name/],
      [{ url: 'x' }, 'url', /not a known property/],
    ])('refuses %j', async (wrong, field, message) => {
      const { body, text } = await system.api().post('/signing-secrets').send(wrong).expect(400);
      expect(body.errors).toEqual([{ field, message: expect.stringMatching(message) }]);
      expect(text).not.toMatch(/AAAA|MfKQ9/);
    });

    it('answers 404 where there is nothing to rotate or delete', async () => {
      await system.api().post('/signing-secrets/rotate').send({ host: 'unknown.com' }).expect(404);
      await system.api().delete(`/signing-secrets/${randomUUID()}`).expect(404);
      await system.api().delete('/signing-secrets/abc').expect(400);
    });

    it('are listed in pages', async () => {
      for (let count = 0; count < 3; count++) await make({ host: `page-${count}.example.com` });
      const all = await list();
      const ids: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const query = { limit: 2, ...(cursor && { cursor }) };
        const { body } = await system.api().get('/signing-secrets').query(query).expect(200);
        const page = body as { data: SecretBody[]; next_cursor: string | null };
        ids.push(...page.data.map(({ id }) => id));
        cursor = page.next_cursor;
      }
      expect(ids).toEqual(all.map(({ id }) => id));
      await system.api().get('/signing-secrets').query({ cursor: 'abc' }).expect(400);
    });
  });
});

describe('a destination that is not allowed', () => {
  let system: System;
  let connections = 0;
  const canary = createServer(() => connections++);

  beforeAll(async () => {
    await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
    system = await System.start({ env: { DELIVERY_ALLOW_CIDRS: '' } });
  });

  afterAll(async () => {
    await system.stop();
    canary.close();
  });

  it.each(['127.0.0.1', '127.1', 'localhost', '[::ffff:127.0.0.1]', '0.0.0.0', 'postgres', 'a.internal'])(
    'is refused when a timer is set, and nothing is started: %s',
    async (host) => {
      const { port } = canary.address() as { port: number };
      const { body } = await system
        .api()
        .post('/timers')
        .send({ url: `http://${host}:${port}/` })
        .expect(422);
      expect(body).toEqual({
        type: 'urn:timekeeper:problem:destination_blocked',
        title: 'Unprocessable Entity',
        status: 422,
        detail: 'The destination is not public, and not opened by the operator.',
        instance: '/timers',
      });
      expect(connections).toBe(0);
      const engine = { connectionOptions: { address: system.engine.address }, namespace: 'default' };
      const client = createClient(engine, 'test');
      expect((await client.workflow.count()).count).toBe(0);
      await client.connection.close();
    },
  );

  it('has no signing secrets without a database', async () => {
    const { body } = await system.api().get('/signing-secrets').expect(404);
    expect(body.detail).toMatch(/DATABASE_URL is not set/);
  });
});
