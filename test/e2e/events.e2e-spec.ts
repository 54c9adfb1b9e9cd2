import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../scripts/wait-until.js';
import { Groups } from '../support/groups.js';
import { Listener } from '../support/listener.js';
import { postTimers } from '../support/load.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

const MINUTE_MS = 60_000;

describe('GET /events', () => {
  let system: System;
  let receiver: Receiver;
  let groups: Groups;

  beforeAll(async () => {
    [system, receiver] = await Promise.all([
      System.start({ servers: 2, env: { RETRY_DELAYS_SECONDS: '1' } }),
      Receiver.start(),
    ]);
    groups = Groups.of(system);
    receiver.answer('/fails', (_request, response) => response.writeHead(500).end());
  });

  afterAll(async () => {
    await groups.close();
    await receiver.stop();
    await system.stop();
  });

  const first = (timers: { id: string }[]) => timers[0]?.id ?? '';

  it('tells of what becomes of a timer, in each of the ways in which it can end', async () => {
    const listener = await Listener.open(system.server);
    const delivered = await system.post({ url: receiver.url('/fine') });
    const failed = await system.post({ url: receiver.url('/fails') });
    const canceled = await system.post({ hours: 1, url: receiver.url('/') });
    await system.api().delete(`/timers/${canceled.id}`).expect(200);
    const nowMs = Date.now();
    const expiring = { dueMs: nowMs, expiresMs: nowMs + 1, url: receiver.url('/'), labels: { a: 'b' } };
    const expired = first(await groups.start([expiring]));
    for (const [id, end] of [
      [delivered.id, 'timer.delivered'],
      [failed.id, 'timer.failed'],
      [canceled.id, 'timer.canceled'],
      [expired, 'timer.expired'],
    ] as const) {
      await listener.heard(id, 'timer.scheduled', end);
      expect(listener.typesOf(id)).toEqual(['timer.scheduled', end]);
    }
    const event = listener.events.find(({ data }) => data.type === 'timer.expired');
    expect(event).toEqual({
      id: `${Date.parse(event?.data.timestamp ?? '')}-${expired}-expired`,
      event: 'timer.expired',
      data: {
        type: 'timer.expired',
        timestamp: expect.any(String),
        data: {
          ...{ id: expired, status: 'expired', host: new URL(receiver.url('/')).host },
          fire_at: new Date(nowMs).toISOString(),
          ...{ attempts: 0, labels: { a: 'b' }, schedule_id: null },
        },
      },
    });
    expect(listener.text).toMatch(/^retry: 1000\n\n/);
    await listener.cut();
  });

  it('tells of 300 timers everything, though the connection is cut again and again', async () => {
    let listener = await Listener.open(system.server);
    const heard = new Map<string, string>();
    const keep = () => {
      for (const { id, event, data } of listener.events) heard.set(id, `${event} ${data.data.id}`);
    };
    const bodies = Array.from({ length: 300 }, (_, i) => ({
      seconds: i % 9,
      url: receiver.url(i % 50 ? '/many' : '/fails'),
    }));
    const posting = postTimers(system.servers, bodies, 4);
    // On the one server and on the other: neither knows what the other has told.
    for (let cuts = 0; cuts < 6; cuts++) {
      const count = listener.events.length;
      await waitUntil('it has heard something', () => listener.events.length > count + 10);
      await listener.cut();
      keep();
      listener = await Listener.open(system.servers[cuts % 2] as System['server'], listener.lastEventId);
    }
    const ids = (await posting).map(({ body }) => body?.id ?? '');
    const wanted = ids.flatMap((id, i) => [
      `timer.scheduled ${id}`,
      `timer.${i % 50 ? 'delivered' : 'failed'} ${id}`,
    ]);
    const missing = () => {
      keep();
      const told = new Set(heard.values());
      return wanted.filter((event) => !told.has(event));
    };
    await waitUntil(
      () => `nothing is missing, but these are: ${missing().join()}`,
      () => missing().length === 0,
      { timeoutMs: 90_000 },
    );
    // What came again came with the same id.
    expect(heard.size).toBe(new Set(heard.values()).size);
    await listener.cut();
  });

  it('goes on from an event of long ago, in order of time', async () => {
    const nowMs = Date.now();
    const request = { dueMs: nowMs + 60 * MINUTE_MS, url: 'http://past.example/' };
    const minutesAgo = [300, 45, 44, 3];
    const ids: string[] = [];
    for (const minutes of minutesAgo) {
      ids.push(first(await groups.startSetAt(nowMs - minutes * MINUTE_MS, [request])));
    }
    // Of one that is listed under its latest change alone the earlier ones are told as well.
    await system.api().delete(`/timers/${ids[2]}`).expect(200);
    const listed = async () => (await system.api().get('/timers?host=past.example')).body.data.length === 4;
    await waitUntil('they are listed', listed);

    const lastEventId = `${nowMs - 100 * MINUTE_MS}-${ids[0]}-scheduled`;
    const listener = await Listener.open(system.server, lastEventId);
    await listener.heard(ids[1] ?? '', 'timer.scheduled');
    await listener.heard(ids[2] ?? '', 'timer.scheduled', 'timer.canceled');
    await listener.heard(ids[3] ?? '', 'timer.scheduled');
    expect(listener.typesOf(ids[0] ?? '')).toEqual([]);
    const past = listener.events.filter(({ data }) => ids.includes(data.data.id));
    const setAt = past.map(({ data }) => ids.indexOf(data.data.id));
    expect(setAt.indexOf(1)).toBeLessThan(setAt.indexOf(3));
    await listener.cut();
  });

  it('tells nothing of another tenant', async () => {
    const listener = await Listener.open(system.server);
    const request = { dueMs: Date.now() + MINUTE_MS, url: 'http://example.com/' };
    const theirs = first(await groups.start([request], 'other'));
    const ours = first(await groups.start([request]));
    await listener.heard(ours, 'timer.scheduled');
    expect(listener.typesOf(theirs)).toEqual([]);
    await listener.cut();
  });

  it.each(['x', '1', '-1-x-failed', `${'9'.repeat(400)}`])('refuses %.20s as Last-Event-ID', async (id) => {
    const { body } = await system.api().get('/events').set('last-event-id', id).expect(400);
    expect(body.errors).toEqual([{ field: 'Last-Event-ID', message: 'must be the id of an event' }]);
  });

  it('ends at once for who only wants to know the headers', async () => {
    const { headers } = await system.api().head('/events').expect(200);
    expect(headers['content-type']).toMatch(/^text\/event-stream/);
  });

  it('has room for a bounded number of listeners, and for another one as soon as one has left', async () => {
    const server = system.servers[1] as System['server'];
    const listeners = await Promise.all(Array.from({ length: 50 }, () => Listener.open(server)));
    const { body, headers } = await system.api(server).get('/events').expect(429);
    expect(body.type).toBe('urn:timekeeper:problem:too-many-listeners');
    expect(headers['retry-after']).toBe('10');
    await listeners[0]?.cut();
    const next = await waitUntil('there is room', () => Listener.open(server).catch(() => undefined));
    const { id } = await system.post({ url: receiver.url('/') });
    for (const listener of [next, ...listeners.slice(1)]) await listener.heard(id, 'timer.scheduled');
    await Promise.all([next, ...listeners].map((listener) => listener.cut()));
  });

  it('outlives an absence of the engine, and makes up for it', async () => {
    const listener = await Listener.open(system.server);
    const before = await system.post({ seconds: 1, url: receiver.url('/outage') });
    await system.engine.kill();
    await system.engine.start();
    const after = await waitUntil('timers are taken again', async () => {
      const { status, body } = await system
        .api()
        .post('/timers')
        .send({ url: receiver.url('/outage') });
      return status === 201 && (body as { id: string });
    });
    for (const { id } of [before, after]) await listener.heard(id, 'timer.scheduled', 'timer.delivered');
    await listener.cut();
  });

  it('does not hold up the end of its server', async () => {
    const listeners = [await Listener.open(system.server), await Listener.open(system.server)];
    const beganMs = Date.now();
    const how = await system.server.stop();
    expect({ how, log: readFileSync(system.server.logFile, 'utf8') }).toMatchObject({ how: 'code 0' });
    expect(Date.now() - beganMs).toBeLessThan(5_000);
    for (const listener of listeners) await listener.over;
  });
});
