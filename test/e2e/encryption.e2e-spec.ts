import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { payloadToJSON } from '@temporalio/common/lib/proto-utils.js';
import { parseEnv } from '#config/env.js';
import { decodeTimerId, timersWorkflowId } from '#contracts/timer-id.js';
import { createClient } from '#temporal/connection.js';
import { waitUntil } from '../../scripts/wait-until.js';
import type { App } from '../support/app.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const K1 = newKey('k1');
const K2 = newKey('k2');
const TOKEN = randomBytes(16).toString('hex');
const ORIGIN = 'http://127.0.0.1:8080';

let system: System;
let receiver: Receiver;
/** Reads what the engine has stored as it has stored it. */
let keyless: Client;

beforeAll(async () => {
  const env = {
    ...{ PAYLOAD_KEYS: K1, CODEC_TOKEN: TOKEN, CODEC_ALLOW_ORIGIN: ORIGIN },
    ...{ LOG_LEVEL: 'trace', RETRY_DELAYS_SECONDS: '1,3600' },
  };
  [system, receiver] = await Promise.all([System.start({ env }), Receiver.start()]);
  keyless = clientWith('');
});

afterAll(async () => {
  await keyless.connection.close();
  await receiver.stop();
  await system.stop();
});

describe('with PAYLOAD_KEYS', () => {
  it('nothing of a timer is in plain text in the database or in the logs', async () => {
    const canary = newCanary();
    receiver.answer(`/failing/${canary}`, (_request, response) => response.writeHead(500).end(canary));
    const sent = await system.post({ seconds: 1, url: receiver.url(`/sent/${canary}?key=${canary}`) });
    const failing = await system.post({
      ...{ url: receiver.url(`/failing/${canary}`), headers: { 'x-secret': canary }, body: { canary } },
      ...{ labels: { secret: canary }, on_failure: receiver.url(`/told/${canary}`) },
    });
    const pending = await system.post({ hours: 1, url: `https://${canary}.example.com/${canary}` });
    const change = { headers: { authorization: canary }, body: canary };
    await system.api().patch(`/timers/${pending.id}`).send(change).expect(200);
    await receiver.received('/sent/', 1);
    await receiver.received('/failing/', 2);
    await status(sent.id, 'delivered');
    await status(failing.id, 'retrying');
    expect(await whereIs(canary)).toEqual([]);
  });

  it('nothing of a schedule or its runs is, and it is read and changed all the same', async () => {
    const canary = newCanary();
    const body = { every: 'PT1S', name: canary, url: receiver.url(`/run/${canary}`), body: { canary } };
    const { body: schedule } = await system.api().post('/schedules').send(body).expect(201);
    await receiver.received('/run/', 2);
    const changed = system.api().patch(`/schedules/${schedule.id}`).send({ every: 'PT1H' });
    expect((await changed.expect(200)).body).toMatchObject({ ...body, every: 'PT1H' });
    expect(await whereIs(canary)).toEqual([]);
  });

  it('of a timer that was set before, the same search finds it, and it is delivered as well', async () => {
    const canary = newCanary();
    await restart(system.server, '');
    await system.post({ seconds: 1, url: receiver.url(`/before/${canary}`) });
    await restart(system.server, K1);
    await receiver.received('/before/', 1);
    expect(await whereIs(canary)).toEqual(['database']);
  });

  it('GET reads a timer with a worker and without one', async () => {
    const { id, url } = await system.post({ hours: 1, url: receiver.url('/read') });
    expect(await system.get(id)).toMatchObject({ status: 'scheduled', url });
    await system.worker.stop();
    expect(await system.get(id)).toMatchObject({ status: 'scheduled', url });
    await restart(system.worker, K1);
  });

  it('a key is changed for another while timers are pending', async () => {
    await system.worker.stop();
    const old = await system.post({ seconds: 1, url: receiver.url('/old-key') });
    await restart(system.server, `${K2},${K1}`);
    const recent = await system.post({ seconds: 1, url: receiver.url('/new-key') });
    expect(await keyIdOf(old.id)).toBe('k1');
    expect(await keyIdOf(recent.id)).toBe('k2');
    expect(await system.get(old.id)).toMatchObject({ url: old.url });
    await restart(system.worker, `${K2},${K1}`);
    await receiver.received('/old-key', 1);
    await receiver.received('/new-key', 1);
    await restart(system.server, K1);
    await restart(system.worker, K1);
  });

  it('who lacks the key says which, and nothing is lost', async () => {
    const lacking = 'payload is encrypted with key \\"k1\\", not in PAYLOAD_KEYS';
    await system.worker.stop();
    const { id, url } = await system.post({ seconds: 1, url: receiver.url('/lacking') });
    await restart(system.server, K2);
    const { body } = await system.api().get(`/timers/${id}`).expect(500);
    expect(body).toMatchObject({ type: 'urn:timekeeper:problem:internal', status: 500 });
    await logged(system.server, lacking);

    await restart(system.worker, K2);
    await logged(system.worker, lacking);
    expect(receiver.at('/lacking')).toHaveLength(0);

    await restart(system.worker, K1);
    await restart(system.server, K1);
    await receiver.received('/lacking', 1, 90_000);
    await status(id, 'delivered');
    expect((await system.get(id)).url).toBe(url);
  });

  it('messages of failures of a workflow are not in plain text', async () => {
    const { id } = await system.post({ hours: 1, url: receiver.url('/fails') });
    const client = clientWith(K1);
    await client.workflow.getHandle(workflowIdOf(id)).signal('attemptEnded', null);
    await client.connection.close();
    const failure = await waitUntil('the workflow task has failed', async () => {
      const events = await storedEvents(id);
      const failed = events.find((event) => event.workflowTaskFailedEventAttributes);
      return failed?.workflowTaskFailedEventAttributes?.failure ?? undefined;
    });
    expect(failure).toMatchObject({ message: 'Encoded failure', stackTrace: '' });
    expect(textOf(failure.encodedAttributes?.metadata?.encoding)).toBe('binary/encrypted');
    await keyless.workflow.getHandle(workflowIdOf(id)).terminate();
  });
});

describe('the codec server', () => {
  it('decrypts what is stored, for who has the token as bearer token or as password', async () => {
    const { id, url } = await system.post({ hours: 1, url: receiver.url('/shown') });
    const payloads = [payloadToJSON(await storedInput(id))];
    const basic = `Basic ${Buffer.from(`anyone:${TOKEN}`).toString('base64')}`;
    for (const authorization of [`Bearer ${TOKEN}`, basic]) {
      const { body, headers } = await system
        .api()
        .post('/codec/decode?preserveStorageRefs=true')
        .set({ authorization, 'x-namespace': 'default' })
        .send({ payloads })
        .expect(200);
      expect(Buffer.from(body.payloads[0].data, 'base64').toString()).toContain(url);
      expect(headers['cache-control']).toBe('no-store');
      await system.api().get('/codec').set({ authorization }).expect(200);
    }
  });

  it('encrypts with the first key what it decrypts again, and lets the rest pass', async () => {
    const plain = { metadata: { encoding: base64('json/plain') }, data: base64('"hello"') };
    const { body: encoded } = await codec('encode', { payloads: [plain] }).expect(200);
    expect(encoded.payloads[0].metadata['encryption-key-id']).toBe(base64('k1'));
    const { body: decoded } = await codec('decode', { payloads: [...encoded.payloads, plain] }).expect(200);
    expect(decoded).toEqual({ payloads: [plain, plain] });
  });

  it('takes payloads that are larger than a timer may be', async () => {
    const plain = { metadata: { encoding: base64('binary/plain') }, data: base64('x'.repeat(2 ** 21)) };
    const { body: encoded } = await codec('encode', { payloads: [plain] }).expect(200);
    const { body: decoded } = await codec('decode', encoded as object).expect(200);
    expect(decoded).toEqual({ payloads: [plain] });
    expect(await statusOfBody(6 * 2 ** 20 + 1)).toBe(413);
  });

  it.each([
    ['nothing', {}],
    ['another token', { authorization: `Bearer ${TOKEN}x` }],
    ['another password', { authorization: `Basic ${base64(`${TOKEN}:`)}` }],
    ['an unknown scheme', { authorization: `Digest ${TOKEN}` }],
    ['junk', { authorization: '\u00ff\u00fe' }],
  ])('refuses who has %s', async (_what, headers) => {
    for (const route of ['decode', 'encode']) {
      const answer = await system
        .api()
        .post(`/codec/${route}`)
        .set(headers)
        .send({ payloads: [] })
        .expect(401);
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(answer.headers['www-authenticate']).toMatch(/^Basic /);
      expect(answer.body).toMatchObject({ status: 401, instance: `/codec/${route}` });
    }
    await system.api().get('/codec').set(headers).expect(401);
  });

  const encryptedWith = (id: string, data: string) => ({
    metadata: { encoding: base64('binary/encrypted'), 'encryption-key-id': base64(id) },
    data,
  });

  it.each([
    ['no payloads', {}, /payloads must be a list/],
    ['payloads that are no list', { payloads: 'x' }, /payloads must be a list/],
    ['a payload that is null', { payloads: [null] }, /payloads\.0/],
    ['a payload that is a number', { payloads: [{}, 5] }, /payloads\.1/],
    ['a payload that is a list', { payloads: [[]] }, /payloads\.0/],
    ['a payload that is a text', { payloads: ['x'] }, /payloads\.0/],
    ['data that is no text', { payloads: [{ data: {} }] }, /payloads\.0/],
    ['data that is not in base64', { payloads: [{ data: '***' }] }, /payloads\.0/],
    ['metadata that is a list', { payloads: [{ metadata: [1] }] }, /payloads\.0/],
    ['metadata that is no text', { payloads: [{ metadata: { encoding: 5 } }] }, /payloads\.0/],
    ['an unknown key', { payloads: [encryptedWith('k9', 'AAAA')] }, /key "k9", not in PAYLOAD_KEYS/],
    ['an endless key id', { payloads: [encryptedWith('k'.repeat(9_999), 'AAAA')] }, /^.{1,300}$/],
    ['what nobody encrypted', { payloads: [encryptedWith('k1', 'AAAA')] }, /was changed/],
    ['nothing encrypted', { payloads: [encryptedWith('k1', '')] }, /was changed/],
  ])('answers 400 to %s', async (_what, body, detail) => {
    const answer = await codec('decode', body).expect(400);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body.detail).toMatch(detail);
  });

  it('answers for its own namespace, and to JSON only', async () => {
    await codec('decode', { payloads: [] }).set('x-namespace', 'other').expect(400);
    await codec('decode', 'payloads').set('content-type', 'text/plain').expect(415);
    await codec('decode', '{"payloads":').set('content-type', 'application/json').expect(400);
  });

  it('may be called by the Temporal UI out of a browser', async () => {
    const preflight = await system
      .api()
      .options('/codec/decode')
      .set({ origin: ORIGIN, 'access-control-request-method': 'POST' })
      .expect(204);
    const answers = [preflight, await codec('decode', { payloads: [] }), await codec('decode', {})];
    for (const { headers } of answers) {
      expect(headers['access-control-allow-origin']).toBe(ORIGIN);
      expect(headers['access-control-allow-credentials']).toBe('true');
    }
    expect(preflight.headers['access-control-allow-headers']).toMatch(
      /authorization.*content-type, x-namespace/,
    );
    const { headers } = await system.api().get('/health/live').expect(200);
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('is not there without a token or without keys, and other routes keep their limits with it', async () => {
    const large = { url: 'x'.repeat(300_000) };
    await system.api().post('/timers').send(large).expect(413);
    for (const variable of ['CODEC_TOKEN', 'PAYLOAD_KEYS']) {
      await system.server.stop();
      system.server.start({ [variable]: '' });
      await system.server.ready();
      for (const path of ['/codec', '/codec/decode', '/codec/encode']) {
        const headers = { authorization: `Bearer ${TOKEN}` };
        await system.api().post(path).set(headers).send({ payloads: [] }).expect(404);
        await system.api().get(path).set(headers).expect(404);
        await system.api().options(path).set({ origin: ORIGIN }).expect(404);
      }
    }
  });
});

function codec(route: 'decode' | 'encode', body: object | string) {
  return system.api().post(`/codec/${route}`).set('authorization', `Bearer ${TOKEN}`).send(body);
}

/** What a body is answered with by its announced length alone. */
async function statusOfBody(bytes: number): Promise<number | undefined> {
  const headers = {
    authorization: `Bearer ${TOKEN}`,
    'content-type': 'application/json',
    'content-length': bytes,
  };
  const request = http.request(`${system.server.url}/codec/encode`, { method: 'POST', headers });
  request.flushHeaders();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  request.destroy();
  return response.statusCode;
}

async function restart(app: App, keys: string): Promise<void> {
  await app.stop();
  app.start({ PAYLOAD_KEYS: keys });
  await app.ready();
}

async function status(id: string, wanted: string): Promise<void> {
  await waitUntil(`${id} is ${wanted}`, async () => (await system.get(id)).status === wanted);
}

async function logged(app: App, text: string): Promise<void> {
  await waitUntil(`${app.name} logs: ${text}`, () => readFileSync(app.logFile, 'utf8').includes(text));
}

function newCanary(): string {
  return `canary${randomBytes(8).toString('hex')}`;
}

/** Where the text can be found, as it is or in base64. */
async function whereIs(text: string): Promise<string[]> {
  const logs = readdirSync(system.folder).filter((name) => name.endsWith('.log'));
  const places: [string, Buffer][] = logs.map((name) => [name, readFileSync(join(system.folder, name))]);
  places.push(['database', await system.engine.stored()]);
  // In base64 it begins in one of three places of a group, whose first and last characters depend on what is beside it.
  const inBase64 = ['', 'x', 'xx'].map((before) => base64(before + text).slice(4, -4));
  return places
    .filter(([, bytes]) => [text, ...inBase64].some((one) => bytes.includes(one)))
    .map(([name]) => name);
}

function clientWith(keys: string): Client {
  const connectionOptions = { address: system.engine.address };
  const payloadKeys = parseEnv({ PAYLOAD_KEYS: keys }).PAYLOAD_KEYS;
  return createClient({ connectionOptions, namespace: 'default', payloadKeys }, 'encryption-test');
}

function workflowIdOf(id: string): string {
  return timersWorkflowId('default', decodeTimerId(id)?.groupKey ?? '');
}

async function storedEvents(id: string) {
  const execution = { workflowId: workflowIdOf(id) };
  const answer = await keyless.workflowService.getWorkflowExecutionHistory({
    namespace: 'default',
    execution,
  });
  return answer.history?.events ?? [];
}

async function storedInput(id: string): Promise<Payload> {
  const [started] = await storedEvents(id);
  return started?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0] ?? {};
}

async function keyIdOf(id: string): Promise<string> {
  return textOf((await storedInput(id)).metadata?.['encryption-key-id']);
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
