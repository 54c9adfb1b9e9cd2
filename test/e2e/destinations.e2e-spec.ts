import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../scripts/wait-until.js';
import { postTimers } from '../support/load.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

describe('a destination', () => {
  let system: System;
  const receivers: Receiver[] = [];

  beforeAll(async () => {
    const env = {
      RETRY_DELAYS_SECONDS: Array.from({ length: 20 }, () => '1').join(),
      DELIVERY_TIMEOUT_SECONDS: '2',
      DESTINATION_SLOW_AFTER_SECONDS: '0',
      DESTINATION_PAUSE_AFTER_SECONDS: '6',
      DESTINATION_PROBE_SECONDS: '4',
      DESTINATION_QUIET_SECONDS: '3',
    };
    system = await System.start({ workers: 2, env });
  });

  afterAll(async () => {
    await Promise.all(receivers.map((receiver) => receiver.stop()));
    await system.stop();
  });

  async function start(): Promise<{ receiver: Receiver; host: string }> {
    const receiver = await Receiver.start();
    receivers.push(receiver);
    return { receiver, host: new URL(receiver.url('/')).host };
  }

  async function get(host: string) {
    const { body } = await system
      .api()
      .get(`/destinations/${encodeURIComponent(host)}`)
      .expect(200);
    return body as { state: string; next_probe_at: string | null; last_error: string | null };
  }

  async function listed(): Promise<string[]> {
    const { body } = await system.api().get('/destinations').expect(200);
    return (body as { data: { host: string }[] }).data.map(({ host }) => host);
  }

  const becomes = (host: string, state: string) =>
    waitUntil(
      `${host} is ${state}`,
      async () => {
        const destination = await get(host);
        return destination.state === state ? destination : undefined;
      },
      { timeoutMs: 60_000, everyMs: 100 },
    );

  it('that was never seen to fail is healthy and not listed', async () => {
    const { receiver, host } = await start();
    await system.post({ url: receiver.url('/fine') });
    await receiver.received('/fine', 1);
    expect(await get(host)).toEqual({
      ...{ host, state: 'healthy', since: null, consecutive_failures: 0, failing_since: null },
      ...{ last_error: null, last_failure_at: null, not_before: null, next_probe_at: null },
    });
    expect(await listed()).not.toContain(host);
  });

  it.each(['/', 'a b', 'user@example.com', 'example.com/path', 'http://example.com'])(
    'called %j is refused',
    async (host) => {
      const { body } = await system
        .api()
        .get(`/destinations/${encodeURIComponent(host)}`)
        .expect(400);
      expect(body.errors[0].field).toBe('host');
    },
  );

  it('that fails is slowed, then paused, gets probes only, and everything once it is well again', async () => {
    const { receiver, host } = await start();
    const other = await start();
    let well = false;
    receiver.answer('/', (_request, response) => response.writeHead(well ? 200 : 500).end());
    const bodies = Array.from({ length: 30 }, (_, i) => ({ seconds: 0, url: receiver.url(`/${i}/`) }));
    const posts = await postTimers(system.servers, bodies);
    await becomes(host, 'slowed');
    await waitUntil('it says why', async () => (await get(host)).last_error === '500');
    expect(await listed()).toContain(host);

    const paused = await becomes(host, 'paused');
    expect(Date.parse(paused.next_probe_at ?? '')).toBeGreaterThan(Date.now());
    // What workers had under way, or did not know yet, is over by the first probe.
    await becomes(host, 'paused');
    await waitUntil(
      'the first probe was claimed',
      async () => (await get(host)).next_probe_at !== paused.next_probe_at,
      { timeoutMs: 30_000 },
    );
    const before = receiver.requests.length;
    const probedMs = Date.now();
    await waitUntil('two more probes', () => receiver.requests.length >= before + 2, {
      timeoutMs: 90_000,
    });
    expect(Date.now() - probedMs).toBeGreaterThan(4_000);

    // Others are not concerned.
    await system.post({ url: other.receiver.url('/beside') });
    await other.receiver.received('/beside', 1);

    well = true;
    for (const { body } of posts) {
      await waitUntil(
        `${body?.id} is delivered`,
        async () => (await system.get(body?.id ?? '')).status === 'delivered',
        { timeoutMs: 90_000 },
      );
    }
    await becomes(host, 'healthy');
  }, 300_000);

  it('is paused and resumed by a client, and what waited meanwhile has cost no attempt', async () => {
    const { receiver, host } = await start();
    await system.api().post(`/destinations/${host}/pause`).expect(202);
    await becomes(host, 'paused');
    expect(await get(host)).toMatchObject({ next_probe_at: null });
    // Workers list what is paused every few seconds: one that comes through was sent before they knew.
    let held = '';
    await waitUntil(
      'a timer is held back',
      async () => {
        const { id } = await system.post({ url: receiver.url('/held') });
        const sent = () => receiver.requests.some(({ headers }) => headers['webhook-id'] === id);
        await waitUntil(
          'it is sent or given back',
          async () => sent() || (await system.get(id)).status === 'scheduled',
        );
        held = id;
        return !sent();
      },
      { timeoutMs: 30_000, everyMs: 500 },
    );
    expect(await system.get(held)).toMatchObject({ status: 'scheduled' });
    await waitUntil('lists tell when it is looked for again', async () => {
      const { body } = await system.api().get('/timers').query({ host }).expect(200);
      const timers = (body as { data: { id: string; fire_at: string; next_attempt_at: string }[] }).data;
      const timer = timers.find(({ id }) => id === held);
      return timer && Date.parse(timer.next_attempt_at) > Date.parse(timer.fire_at);
    });
    await system.api().post(`/destinations/${host}/resume`).expect(202);
    await waitUntil('it is delivered', async () => (await system.get(held)).status === 'delivered', {
      timeoutMs: 60_000,
    });
    await becomes(host, 'healthy');
    await system.api().post(`/destinations/${host}/resume`).expect(202);
  });

  it('that says how long it wants to be left alone is, by all its timers', async () => {
    const { receiver, host } = await start();
    receiver.answer('/busy', (_request, response) => response.writeHead(503, { 'retry-after': '18' }).end());
    await system.post({ url: receiver.url('/busy') });
    const [first] = await receiver.received('/busy', 1);
    await becomes(host, 'slowed');
    // The other worker reads how destinations stand every 4 s, from a list of the engine that may lag.
    const { id } = await system.post({ seconds: 10, url: receiver.url('/other') });
    await waitUntil('delivered', async () => (await system.get(id)).status === 'delivered', {
      timeoutMs: 60_000,
    });
    expect((receiver.at('/other')[0]?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThan(17_500);
  });

  it('answers lists and details without a worker', async () => {
    const { host } = await start();
    await system.api().post(`/destinations/${host}/pause`).expect(202);
    await becomes(host, 'paused');
    await Promise.all(system.workers.map((worker) => worker.kill()));
    expect(await listed()).toContain(host);
    expect(await get(host)).toMatchObject({ host, state: 'paused' });
    await system.api().get('/destinations?cursor=nonsense').expect(400);
  });
});
