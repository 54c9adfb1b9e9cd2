import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Test } from 'supertest';
import { Child } from '../../scripts/child.js';
import { SERVER_MAIN } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { App } from '../support/app.js';
import { newAdminToken, Operator, withApiKeys } from '../support/accounts.js';
import { Listener } from '../support/listener.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';
import type { TimerBody } from '../support/system.js';
import { testFolder } from '../support/topology.js';

const NEVER_GIVEN_OUT = 'tk_000000000000_0000000000000000000000000000000000000000000000000';
const TIMER = { hours: 1, url: 'http://127.0.0.1:9999/hook' };

function idsOf(body: unknown): string[] {
  return JSON.stringify(body).match(/"id":"[^"]+"/g) ?? [];
}

describe('with API keys on', () => {
  const adminToken = newAdminToken();
  let system: System;
  let operator: Operator;
  let receiver: Receiver;

  beforeAll(async () => {
    [system, receiver] = await Promise.all([
      System.start({ ...withApiKeys(adminToken), servers: 2 }),
      Receiver.start(),
    ]);
    operator = new Operator(system, adminToken);
    await operator.tenant('acme');
    await operator.tenant('other');
  });

  afterAll(async () => {
    await receiver.stop();
    await system.stop();
  });

  function post(key: string | undefined, body: object = TIMER, server = system.server): Test {
    const request = system.api(server).post('/timers').send(body);
    return key === undefined ? request : request.auth(key, { type: 'bearer' });
  }

  function get(key: string, id: string): Test {
    return system.api().get(`/timers/${id}`).auth(key, { type: 'bearer' });
  }

  describe('a request', () => {
    it('with a key sets a timer of its tenant, which is delivered and can be read', async () => {
      const { key } = await operator.key('acme');
      const body = { seconds: 1, url: receiver.url('/acme') };
      const { body: timer } = await post(key, body).expect(201);
      await receiver.received('/acme', 1);
      const read = await waitUntil('it is delivered', async () => {
        const { body: view } = await get(key, timer.id as string).expect(200);
        return (view as TimerBody).status === 'delivered' && (view as TimerBody);
      });
      expect(read.id).toBe(timer.id);
    });

    it('is refused with the very same answer whatever is wrong with its key', async () => {
      const works = await operator.key('acme');
      const revoked = await operator.key('acme');
      await operator.request('delete', `/tenants/acme/api-keys/${revoked.id}`).expect(200);
      const expired = await operator.key('acme', ['timers:write'], { expires_in_seconds: 1 });
      await operator.tenant('gone');
      const disabled = await operator.key('gone');
      await operator.request('delete', '/tenants/gone').expect(200);
      await waitUntil('it has expired', () => Date.now() > Date.parse(expired.expires_at ?? ''));

      const { key } = works;
      const wrongSecret = (await operator.key('acme')).key.replace(/^(tk_.{12}_)/, `tk_${works.id}_`);
      const wrong: Record<string, string | undefined> = {
        none: undefined,
        malformed: 'x',
        'of another kind': adminToken,
        'with a typing error': key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a'),
        'never given out': NEVER_GIVEN_OUT,
        'another secret': wrongSecret,
        revoked: revoked.key,
        expired: expired.key,
        disabled: disabled.key,
      };
      const answers = new Set<string>();
      for (const [what, each] of Object.entries(wrong)) {
        const { status, headers, text } = await post(each);
        expect([what, status, headers['www-authenticate']]).toEqual([what, 401, 'Bearer']);
        answers.add(text);
      }
      expect([...answers]).toHaveLength(1);
      const basic = await system.api().post('/timers').auth('user', 'password').send(TIMER).expect(401);
      expect(answers).toContain(basic.text);
      await post(key).expect(201);
    });

    it('with a wrong key is not even looked at after many of them, while keys that are known go on', async () => {
      // A server of its own, as others of this file fail at these.
      const other = await App.server('guessed', system.folder, {
        ...system.server.environment,
        ...{ FAILED_LOGINS_PER_MINUTE: '4', TRUSTED_PROXIES: '127.0.0.0/8' },
      });
      other.start();
      try {
        await other.ready();
        const from = (address: string, key?: string) => {
          const request = system.api(other).get('/timers').set('x-forwarded-for', address);
          return key === undefined ? request : request.auth(key, { type: 'bearer' });
        };
        const [known, fresh, revoked] = await Promise.all([
          operator.key('acme'),
          operator.key('acme'),
          operator.key('acme'),
        ]);
        await operator.request('delete', `/tenants/acme/api-keys/${revoked.id}`).expect(200);
        await from('192.0.2.1', known.key).expect(200);
        // Neither of these is a guess.
        for (let i = 0; i < 6; i++) await from('192.0.2.1', i % 2 ? revoked.key : undefined).expect(401);
        for (let i = 0; i < 4; i++) await from('192.0.2.1', NEVER_GIVEN_OUT).expect(401);
        const { body, headers } = await from('192.0.2.1', fresh.key).expect(429);
        expect(body.type).toBe('urn:timekeeper:problem:too-many-failed-logins');
        expect(Number(headers['retry-after'])).toBeGreaterThan(0);
        expect(Number(headers['retry-after'])).toBeLessThanOrEqual(15);
        await from('192.0.2.1', known.key).expect(200);
        await from('192.0.2.1').expect(401);
        await from('192.0.2.2', fresh.key).expect(200);
        // Known now, wherever it comes from.
        await from('192.0.2.1', fresh.key).expect(200);

        const asOperator = (address: string, token: string) =>
          system.api(other).get('/tenants').set('x-forwarded-for', address).auth(token, { type: 'bearer' });
        await asOperator('192.0.2.1', adminToken).expect(200);
        for (let i = 0; i < 4; i++) await asOperator('192.0.2.1', `wrong-${i}`).expect(401);
        await asOperator('192.0.2.1', 'wrong-5').expect(429);
        // Who has it is not shut out by others who come from the same address.
        await asOperator('192.0.2.1', adminToken).expect(200);
      } finally {
        await other.stop();
      }
    });

    it('is refused without the scope of the route, and told which one that is', async () => {
      const { key } = await operator.key('acme', ['timers:read', 'schedules:write']);
      const { body, headers } = await post(key).expect(403);
      expect(body).toMatchObject({
        type: 'urn:timekeeper:problem:insufficient-scope',
        detail: 'The API key needs the scope timers:write.',
      });
      expect(headers['www-authenticate']).toBe('Bearer error="insufficient_scope", scope="timers:write"');
    });

    it("for another tenant's timer is answered exactly as for one that is not there", async () => {
      const [ours, theirs] = [await operator.key('acme'), await operator.key('other')];
      const { body: timer } = await post(ours.key).expect(201);
      const id = timer.id as string;
      const unknown = id.replace(/.{4}$/, (end) => (end === '0000' ? '0001' : '0000'));
      const foreign = await get(theirs.key, id);
      const missing = await get(theirs.key, unknown);
      expect(foreign.status).toBe(404);
      expect(missing.status).toBe(404);
      expect(foreign.text.replaceAll(id, 'ID')).toBe(missing.text.replaceAll(unknown, 'ID'));
      expect(Object.keys(foreign.headers)).toEqual(Object.keys(missing.headers));
      await get(ours.key, id).expect(200);
    });

    it('needs no key for health and documentation, and a key does not open admin routes', async () => {
      for (const path of ['/health/live', '/health/ready', '/api-docs-json', '/api-docs']) {
        await system.api().get(path).expect(200);
      }
      const { key } = await operator.key('acme');
      await system.api().get('/tenants').auth(key, { type: 'bearer' }).expect(401);
      const { headers } = await system.api().get('/tenants').expect(401);
      expect(headers['www-authenticate']).toBe('Bearer');
    });
  });

  describe('a key', () => {
    it('is shown once and never again', async () => {
      const made = await operator.key('acme');
      expect(made.key).toMatch(/^tk_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
      const { text } = await operator.request('get', '/tenants/acme/api-keys?limit=100').expect(200);
      expect(text).toContain(made.id);
      expect(text).not.toContain(made.key.slice(-49));
      expect(text).not.toContain('hash');
      for (const { logFile } of system.servers) {
        expect(readFileSync(logFile, 'utf8')).not.toContain(made.key.slice(-49));
      }
    });

    it('is refused by every server within 5 s of being revoked', async () => {
      const { id, key } = await operator.key('acme');
      for (const server of system.servers) await post(key, TIMER, server).expect(201);
      const { body } = await operator.request('delete', `/tenants/acme/api-keys/${id}`).expect(200);
      expect(Date.parse(body.revoked_at as string)).not.toBeNaN();
      const revokedMs = Date.now();
      for (const server of system.servers) {
        await waitUntil('it is refused', async () => (await post(key, TIMER, server)).status === 401, {
          timeoutMs: 10_000,
        });
      }
      expect(Date.now() - revokedMs).toBeLessThan(7_000);
      const again = await operator.request('delete', `/tenants/acme/api-keys/${id}`).expect(200);
      expect(again.body.revoked_at).toBe(body.revoked_at);
    });

    it('ends the streams of events that it opened, once it may not be used any more', async () => {
      await operator.tenant('closing');
      const [works, revoked, ofDisabled] = [
        await operator.key('acme'),
        await operator.key('acme'),
        await operator.key('closing'),
      ];
      const expiring = await operator.key('acme', ['timers:read'], { expires_in_seconds: 3 });
      const open = ({ key }: { key: string }) => Listener.open(system.server, undefined, key);
      const stays = await open(works);
      const ending = await Promise.all([revoked, ofDisabled, expiring].map(open));
      let over = 0;
      for (const listener of ending) void listener.over.then(() => over++);
      await operator.request('delete', `/tenants/acme/api-keys/${revoked.id}`).expect(200);
      await operator.request('delete', '/tenants/closing').expect(200);
      await waitUntil('they are over', () => over === ending.length, { timeoutMs: 40_000 });
      const { body: timer } = await post(works.key).expect(201);
      await stays.heard(timer.id as string, 'timer.scheduled');
      await stays.cut();
    });

    it('that is rotated works on for the overlap, beside the new one', async () => {
      const old = await operator.key('acme', ['timers:write']);
      const path = `/tenants/acme/api-keys/${old.id}/rotate`;
      const { body: young } = await operator.request('post', path, { overlap_seconds: 3 }).expect(201);
      expect(young).toMatchObject({ name: 'test', scopes: ['timers:write'], expires_at: null });
      expect(young.id).not.toBe(old.id);
      for (const key of [old.key, young.key as string]) await post(key).expect(201);
      await waitUntil('the old one is refused', async () => (await post(old.key)).status === 401);
      await post(young.key as string).expect(201);
      const { body } = await operator.request('post', path).expect(409);
      expect(body.detail).toBe(`The API key ${old.id} no longer works. Make a new one.`);
    });

    it('that is rotated without a word on it works on for a day, but never longer than it would have', async () => {
      const forever = await operator.key('acme');
      const short = await operator.key('acme', undefined, { expires_in_seconds: 600 });
      for (const { id } of [forever, short]) {
        await operator.request('post', `/tenants/acme/api-keys/${id}/rotate`).expect(201);
      }
      const { body } = await operator.request('get', '/tenants/acme/api-keys?limit=100').expect(200);
      const expiryOf = (id: string) =>
        (body.data as { id: string; expires_at: string }[]).find((key) => key.id === id)?.expires_at ?? '';
      const leftMs = Date.parse(expiryOf(forever.id)) - Date.now();
      expect(Math.abs(leftMs - 86_400_000)).toBeLessThan(60_000);
      expect(expiryOf(short.id)).toBe(short.expires_at);
    });

    it('tells when it was last used', async () => {
      const { id, key } = await operator.key('acme');
      await post(key).expect(201);
      const usedAt = await waitUntil('its last use is noted', async () => {
        const { body } = await operator.request('get', '/tenants/acme/api-keys?limit=100');
        const keys = body.data as { id: string; last_used_at: string | null }[];
        return keys.find((each) => each.id === id)?.last_used_at ?? undefined;
      });
      expect(Math.abs(Date.parse(usedAt) - Date.now())).toBeLessThan(30_000);
    });
  });

  describe('admin routes', () => {
    it('create, list page by page, change, disable and enable tenants', async () => {
      const quotas = {
        max_pending_timers: 5,
        creates_per_second: 0,
        max_payload_bytes: null,
        message_credit: null,
      };
      const { body, headers } = await operator
        .request('post', '/tenants', { id: 'page-1', name: 'Ünïcode 🕰', ...quotas })
        .expect(201);
      expect(headers.location).toBe('/tenants/page-1');
      expect(body).toEqual({
        ...{ id: 'page-1', name: 'Ünïcode 🕰', created_at: expect.any(String), disabled_at: null },
        ...quotas,
      });
      await operator.request('post', '/tenants', { id: 'page-1', name: 'x' }).expect(409);
      expect((await operator.request('get', '/tenants/page-1')).body).toEqual(body);

      const ids: string[] = [];
      for (let cursor = ''; ;) {
        const { body: page } = await operator.request('get', `/tenants?limit=2${cursor}`).expect(200);
        ids.push(...(page.data as { id: string }[]).map(({ id }) => id));
        if (page.next_cursor === null) break;
        cursor = `&cursor=${page.next_cursor}`;
      }
      expect(ids).toEqual([...new Set(ids)].sort());
      expect(ids).toEqual(expect.arrayContaining(['acme', 'default', 'other', 'page-1']));

      const change = (wanted: object) => operator.request('patch', '/tenants/page-1', wanted).expect(200);
      expect((await change({})).body).toEqual(body);
      const changed = { ...body, name: 'New', max_pending_timers: null };
      expect((await change({ name: 'New', max_pending_timers: null })).body).toEqual(changed);
      const { body: disabled } = await operator.request('delete', '/tenants/page-1').expect(200);
      expect(Date.parse(disabled.disabled_at as string)).not.toBeNaN();
      expect((await change({ disabled: true })).body).toEqual(disabled);
      expect((await change({ disabled: false })).body).toEqual(changed);
    });

    it('list API keys page by page, the youngest first', async () => {
      await operator.tenant('keys');
      const made: string[] = [];
      for (let count = 0; count < 5; count++) made.unshift((await operator.key('keys')).id);
      const ids: string[] = [];
      for (let cursor = ''; ;) {
        const path = `/tenants/keys/api-keys?limit=2${cursor}`;
        const { body } = await operator.request('get', path).expect(200);
        ids.push(...(body.data as { id: string }[]).map(({ id }) => id));
        if (body.next_cursor === null) break;
        cursor = `&cursor=${body.next_cursor}`;
      }
      expect([...ids].sort()).toEqual([...made].sort());
      expect(ids[0]).toBe(made[0]);
      expect(ids.at(-1)).toBe(made.at(-1));
    });

    it.each([
      ['post', '/tenants', { id: 'Upper', name: 'x' }, 'id'],
      ['post', '/tenants', { id: '-a', name: 'x' }, 'id'],
      ['post', '/tenants', { id: 'a'.repeat(33), name: 'x' }, 'id'],
      ['post', '/tenants', { id: 'a\n', name: 'x' }, 'id'],
      ['post', '/tenants', { id: 'a', name: '' }, 'name'],
      ['post', '/tenants', { id: 'a', name: 'a\u0000b' }, 'name'],
      ['post', '/tenants', { id: 'a', name: 'half a character \ud83d' }, 'name'],
      ['post', '/tenants', { id: 'a', name: 'x'.repeat(101) }, 'name'],
      ['post', '/tenants', { id: 'a', name: 'x', quota: 1 }, 'quota'],
      ['post', '/tenants', { id: 'a', name: 'x', max_pending_timers: -1 }, 'max_pending_timers'],
      ['post', '/tenants', { id: 'a', name: 'x', max_pending_timers: 2 ** 31 }, 'max_pending_timers'],
      ['patch', '/tenants/acme', { name: null }, 'name'],
      ['patch', '/tenants/acme', { id: 'b' }, 'id'],
      ['patch', '/tenants/acme', { disabled: 1 }, 'disabled'],
      ['get', '/tenants?limit=0', undefined, 'limit'],
      ['get', '/tenants?limit=101', undefined, 'limit'],
      ['get', '/tenants?limit=1e1', undefined, 'limit'],
      ['get', '/tenants?limit=1&limit=2', undefined, 'limit'],
      ['get', '/tenants?cursor=AA', undefined, 'cursor'],
      ['get', '/tenants?cursor=%00', undefined, 'cursor'],
      ['get', '/tenants?page=2', undefined, 'page'],
      ['get', '/tenants/acme/api-keys?cursor=YWNtZQ', undefined, 'cursor'],
      ['post', '/tenants/acme/api-keys', { name: 'x', scopes: [] }, 'scopes'],
      ['post', '/tenants/acme/api-keys', { name: 'x', scopes: ['admin'] }, 'scopes'],
      ['post', '/tenants/acme/api-keys', { name: 'x', scopes: 'timers:read' }, 'scopes'],
      ['post', '/tenants/acme/api-keys', { name: 'x', scopes: ['timers:read', 'timers:read'] }, 'scopes'],
      [
        'post',
        '/tenants/acme/api-keys',
        { name: 'x', scopes: ['timers:read'], expires_in_seconds: 0 },
        'expires_in_seconds',
      ],
      ['post', '/tenants/acme/api-keys/000000000000/rotate', { overlap_seconds: 604_801 }, 'overlap_seconds'],
    ] as const)('refuse %s %s %j', async (method, path, body, field) => {
      const response = await operator.request(method, path, body).expect(400);
      expect(response.body.errors).toEqual([{ field, message: expect.any(String) }]);
    });

    it.each([
      ['get', '/tenants/nobody'],
      ['get', '/tenants/%00'],
      ['get', '/tenants/A%20B'],
      ['patch', '/tenants/nobody'],
      ['delete', '/tenants/nobody'],
      ['get', '/tenants/nobody/api-keys'],
      ['delete', '/tenants/acme/api-keys/000000000000'],
      ['delete', '/tenants/acme/api-keys/%00'],
      ['post', '/tenants/acme/api-keys/000000000000/rotate'],
    ] as const)('answer 404 to %s %s', async (method, path) => {
      const body = method === 'patch' ? { name: 'x' } : undefined;
      await operator.request(method, path, body).expect(404);
    });

    it('do not take null for a body with nothing in it', async () => {
      const { id } = await operator.key('acme');
      const sendNull = (method: 'patch' | 'post', path: string) =>
        operator.request(method, path).set('content-type', 'application/json').send('null').expect(400);
      await sendNull('patch', '/tenants/acme');
      await sendNull('post', `/tenants/acme/api-keys/${id}/rotate`);
    });

    it("do not reach a key by another tenant's path", async () => {
      const { id, key } = await operator.key('acme');
      await operator.request('delete', `/tenants/other/api-keys/${id}`).expect(404);
      await operator.request('post', `/tenants/other/api-keys/${id}/rotate`).expect(404);
      await post(key).expect(201);
    });
  });

  describe('quotas', () => {
    it('bound the pending timers, whichever server accepts them, and make room when they end', async () => {
      await operator.tenant('bounded', { max_pending_timers: 3 });
      const { key } = await operator.key('bounded');
      const soon = { seconds: 2, url: receiver.url('/bounded') };
      for (const body of [soon, soon, TIMER]) {
        const { headers } = await post(key, body).expect(201);
        expect(headers['ratelimit-policy']).toBe('"pending";q=3');
        expect(headers.ratelimit).toMatch(/^"pending";r=[0-2]$/);
      }
      const { body, headers } = await post(key).expect(429);
      expect(body.type).toBe('urn:timekeeper:problem:quota-exceeded');
      expect(headers).toMatchObject({ 'retry-after': '10', ratelimit: '"pending";r=0' });
      await receiver.received('/bounded', 2);
      await waitUntil('there is room again', async () => (await post(key)).status === 201);
      await waitUntil('the other server has counted as well', async () => {
        const { status } = await post(key, TIMER, system.servers[1]);
        return status === 429;
      });
    });

    it('bound the creates per second, and say when to come again', async () => {
      await operator.tenant('slow', { creates_per_second: 2, max_pending_timers: 0 });
      const { key } = await operator.key('slow');
      const answers = await Promise.all(Array.from({ length: 20 }, () => post(key)));
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused.length).toBeGreaterThan(10);
      expect(answers.every(({ status }) => [201, 429].includes(status))).toBe(true);
      for (const { headers } of answers) expect(headers['ratelimit-policy']).toBe('"creates";q=2;w=1');
      expect(refused[0]?.headers).toMatchObject({ 'retry-after': '1', ratelimit: '"creates";r=0;t=1' });
      await waitUntil('it may again', async () => (await post(key)).status === 201);
      const { headers } = await post(key, { seconds: -1 }).expect(400);
      expect(headers.ratelimit).toMatch(/^"creates";r=[012];t=[01]$/);
    });

    it('do not keep a request with an Idempotency-Key from its answer, however often it asks', async () => {
      await operator.tenant('replays', { max_pending_timers: 2 });
      const { key } = await operator.key('replays');
      const keyed = (name: string, path: string, body: object) =>
        system.api().post(path).auth(key, { type: 'bearer' }).set('idempotency-key', name).send(body);
      const asked = [
        () => keyed('single', '/timers', TIMER).expect(201),
        () => keyed('batch', '/timers/batch', { timers: [TIMER] }).expect(200),
      ];
      const first: unknown[] = [];
      for (const ask of asked) first.push((await ask()).body);
      await keyed('other', '/timers', TIMER).expect(429);
      await keyed('other', '/timers/batch', { timers: [TIMER] }).expect(429);
      for (const [index, ask] of asked.entries()) {
        const { body, headers } = await ask();
        expect(headers['idempotency-replayed']).toBe('true');
        expect(idsOf(body)).toEqual(idsOf(first[index]));
      }
    });

    it('bound what a timer sends', async () => {
      await operator.tenant('small', { max_payload_bytes: 100, max_pending_timers: 0 });
      const { key } = await operator.key('small');
      await post(key).expect(201);
      const { body } = await post(key, { url: `http://example.com/${'x'.repeat(100)}` }).expect(413);
      expect(body.detail).toMatch(/at most 100 bytes, got 121/);
    });

    it('bound what a timer sends that is changed, and the runs of a schedule', async () => {
      await operator.tenant('tight', { max_payload_bytes: 100, max_pending_timers: 0 });
      const { key } = await operator.key('tight', ['timers:write', 'schedules:write']);
      const request = (method: 'post' | 'patch', path: string, body: object) =>
        system.api()[method](path).auth(key, { type: 'bearer' }).send(body);
      const long = { url: `http://example.com/${'x'.repeat(60)}` };
      const { body: timer } = await post(key, { ...TIMER, headers: { 'x-a': 'y'.repeat(40) } }).expect(201);
      await request('patch', `/timers/${timer.id}`, long).expect(413);
      await request('patch', `/timers/${timer.id}`, { ...long, headers: null }).expect((answer) => {
        expect([200, 202]).toContain(answer.status);
      });

      const every = { every: 'PT1H', url: TIMER.url };
      const tooLong = { url: `http://example.com/${'x'.repeat(100)}` };
      await request('post', '/schedules', { ...every, ...tooLong }).expect(413);
      const { body: schedule } = await request('post', '/schedules', every).expect(201);
      await request('patch', `/schedules/${schedule.id}`, tooLong).expect(413);
      await request('patch', `/schedules/${schedule.id}`, long).expect(200);
    });

    it('count the runs of a schedule that are asked for by hand', async () => {
      await operator.tenant('by-hand', { max_pending_timers: 2 });
      const { key } = await operator.key('by-hand', ['schedules:write']);
      const request = (path: string, body?: object) =>
        system.api().post(path).auth(key, { type: 'bearer' }).send(body);
      const every = { every: 'PT1H', url: TIMER.url };
      const { body: schedule } = await request('/schedules', every).expect(201);
      const path = `/schedules/${schedule.id}`;
      const nowMs = Date.now();
      const [from, to] = [nowMs - 10 * 3_600_000, nowMs - 1_000].map((ms) => new Date(ms).toISOString());
      const { body } = await request(`${path}/backfill`, { from, to }).expect(429);
      expect(body.type).toBe('urn:timekeeper:problem:quota-exceeded');
      const { headers } = await request(`${path}/trigger`).expect(202);
      expect(headers['ratelimit-policy']).toBe('"pending";q=2');
      expect(headers.ratelimit).toMatch(/^"pending";r=[01]$/);
      await waitUntil('there is no room', async () => (await request(`${path}/trigger`)).status === 429);
    });
  });

  // The last: it takes the database away.
  it('goes on with the keys it knows while the database is away, and says 503 for others', async () => {
    const [known, unknown] = [await operator.key('acme'), await operator.key('acme')];
    await post(known.key).expect(201);
    await system.database?.kill();
    if (system.database !== system.postgres) {
      const untilMs = Date.now() + 12_000;
      await waitUntil(
        'it has gone on for longer than keys are fresh',
        async () => {
          await post(known.key).expect(201);
          return Date.now() > untilMs;
        },
        { everyMs: 300 },
      );
    }
    const { body, headers } = await post(unknown.key).expect(503);
    expect(body.type).toBe('urn:timekeeper:problem:database-unavailable');
    expect(headers['retry-after']).toBe('1');
    await operator.request('get', '/tenants').expect(503);
    await system.database?.start();
    await waitUntil('the database is back', async () => (await post(unknown.key)).status === 201, {
      timeoutMs: 60_000,
    });
  });
});

describe('with API keys off', () => {
  it('and a database, needs no key, knows one tenant, and has admin routes with a token only', async () => {
    const adminToken = newAdminToken();
    const system = await System.start({ database: true, workers: 0, env: { ADMIN_TOKEN: adminToken } });
    try {
      const { headers } = await system.api().post('/timers').send(TIMER).expect(201);
      expect(headers).not.toHaveProperty('ratelimit');
      await system.api().post('/timers').auth('x', { type: 'bearer' }).send(TIMER).expect(201);
      await system.api().get('/tenants').expect(401);
      const { body } = await new Operator(system, adminToken).request('get', '/tenants').expect(200);
      expect(body.data).toMatchObject([{ id: 'default', name: 'Default' }]);
    } finally {
      await system.stop();
    }
  });

  it('and no database, works without admin routes', async () => {
    const system = await System.start({ workers: 0 });
    try {
      await system.post(TIMER);
      const { body } = await system.api().get('/tenants').expect(404);
      expect(body.detail).toBe('There are no admin routes here: ADMIN_TOKEN is not set.');
    } finally {
      await system.stop();
    }
  });
});

describe('a server', () => {
  it('does not start with API keys on and no database, and says so', async () => {
    const logFile = join(testFolder(), 'server.log');
    const env = { API_KEYS: 'on', ADMIN_TOKEN: newAdminToken(), DATABASE_URL: '' };
    const child = new Child('server', process.execPath, [SERVER_MAIN], { env, logFile, cwd: '/' });
    expect(await child.exited).toBe('code 1');
    const said = readFileSync(logFile, 'utf8');
    expect(said).toContain('API_KEYS is "on", so DATABASE_URL must be set');
    expect(said).not.toContain(env.ADMIN_TOKEN);
  });
});
