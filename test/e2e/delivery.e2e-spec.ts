import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../../scripts/ports.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';
import type { TimerBody } from '../support/system.js';

describe('a delivery', () => {
  let system: System;
  let receiver: Receiver;

  beforeAll(async () => {
    const env = { RETRY_DELAYS_SECONDS: '1,1', DELIVERY_TIMEOUT_SECONDS: '2' };
    [system, receiver] = await Promise.all([System.start({ env }), Receiver.start()]);
  });

  afterAll(async () => {
    await receiver.stop();
    await system.stop();
  });

  const status = (id: string, wanted: string) =>
    waitUntil(`${id} is ${wanted}`, async () => (await system.get(id)).status === wanted, { everyMs: 100 });

  it('arrives when it is due, with an empty body and the headers of a webhook', async () => {
    const { id, fire_at } = await system.post({ seconds: 3, url: receiver.url('/on-time') });
    const [request] = await receiver.received('/on-time', 1);
    const dueMs = Date.parse(fire_at);
    expect(request).toMatchObject({ method: 'POST', target: '/on-time', body: '' });
    expect(request?.headers).toMatchObject({
      'content-length': '0',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(dueMs / 1000)),
      'user-agent': expect.stringMatching(/^Timekeeper\/\d+\.\d+\.\d+$/),
    });
    expect(request?.atMs).toBeGreaterThanOrEqual(dueMs);
    expect(request?.atMs).toBeLessThan(dueMs + 1_000);
    await status(id, 'delivered');
  });

  it('finds its connection open already when it is due', async () => {
    const fresh = await Receiver.start();
    try {
      const { fire_at } = await system.post({ seconds: 3, url: fresh.url('/warm') });
      await fresh.received('/warm', 1);
      expect(fresh.connectedMs).toHaveLength(1);
      expect(fresh.connectedMs[0]).toBeLessThan(Date.parse(fire_at));
    } finally {
      await fresh.stop();
    }
  });

  it('goes out at once when there is no delay', async () => {
    const { id, time_left } = await system.post({ url: receiver.url('/at-once') });
    expect(time_left).toBe(0);
    await receiver.received('/at-once', 1, 5_000);
    await status(id, 'delivered');
  });

  it('replaces {id} in path and query, and sends the rest as it is written', async () => {
    const path = '/as/../written/{id}/%7e?at={id}&q={x}|"ü"';
    const { id } = await system.post({ url: `${receiver.url(path)}#fragment-{id}` });
    const [request] = await receiver.received('/as/', 1);
    expect(request?.target).toBe(`/as/../written/${id}/%7e?at=${id}&q={x}|"%C3%BC"`);
  });

  it('is tried again with the same id when the destination fails, and then delivered', async () => {
    receiver.answer('/second-time', (_request, response, count) =>
      response.writeHead(count === 1 ? 500 : 204).end(),
    );
    const { id } = await system.post({ url: receiver.url('/second-time') });
    await receiver.received('/second-time', 1);
    await status(id, 'retrying');
    const [first, second] = await receiver.received('/second-time', 2);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    const gapMs = (second?.atMs ?? 0) - (first?.atMs ?? 0);
    expect(gapMs).toBeGreaterThanOrEqual(800);
    await status(id, 'delivered');
  });

  it.each([
    ['an error', (response: ServerResponse) => response.writeHead(503).end()],
    ['a redirect, which is not followed', (r) => r.writeHead(307, { location: receiver.url('/trap') }).end()],
    ['a connection that breaks', (response) => response.destroy()],
    ['silence until the time limit', () => undefined],
    ['headers that never end', (response) => response.socket?.write('HTTP/1.1 200 OK\r\nx: ')],
  ] as [string, (response: ServerResponse) => void][])(
    'counts %s as a failed attempt, and gives up after the last',
    async (what, answer) => {
      const path = `/fails-with-${what.replace(/\W/g, '-')}`;
      receiver.answer(path, (_request, response) => answer(response));
      const { id } = await system.post({ url: receiver.url(path) });
      await receiver.received(path, 3);
      await status(id, 'failed');
      expect(receiver.at(path)).toHaveLength(3);
      expect(receiver.at('/trap')).toHaveLength(0);
      expect((await system.get(id)).time_left).toBe(0);
    },
  );

  it('is a success once the status is there, whatever the rest of the answer does', async () => {
    receiver.answer('/endless', (_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('x'), 50);
      response.on('close', () => clearInterval(drip));
    });
    const { id } = await system.post({ url: receiver.url('/endless') });
    await status(id, 'delivered');
    expect(receiver.at('/endless')).toHaveLength(1);
  });

  it('shows dispatching while the attempt is under way', async () => {
    receiver.answer('/slow', (_request, response) => void setTimeout(() => response.end(), 1_500));
    const { id } = await system.post({ url: receiver.url('/slow') });
    await receiver.received('/slow', 1);
    await status(id, 'dispatching');
    await status(id, 'delivered');
  });

  it('is told of, tried again and followed by its message while others of its window are still to come', async () => {
    const together = '/together';
    receiver.answer(`${together}/fails-once`, (_request, response, count) =>
      response.writeHead(count === 1 ? 500 : 204).end(),
    );
    const url = (path: string) => receiver.url(together + path);
    // With a key each is a group of its own.
    const beside = async (name: string, more: object = {}) => {
      const timers = [
        { seconds: 3, url: url(`/${name}`), ...more },
        { seconds: 12, url: url('/last') },
      ];
      const posted = system.api().post('/timers/batch').set('idempotency-key', `window-${name}`);
      const { body } = await posted.send({ timers }).expect(200);
      return (body.results as { timer: TimerBody }[])[0]?.timer.id ?? '';
    };
    const [sent = '', failsOnce = ''] = await Promise.all([
      beside('sent'),
      beside('fails-once'),
      beside('told', { on_success: url('/message') }),
    ]);
    await receiver.received(`${together}/sent`, 1);
    await status(sent, 'delivered');
    const attempts = await system.api().get(`/timers/${sent}/attempts`).expect(200);
    expect(attempts.body.data).toMatchObject([{ number: 1, status_code: 200, error: null }]);
    await receiver.received(`${together}/fails-once`, 2);
    await receiver.received(`${together}/message`, 1);
    await status(failsOnce, 'delivered');
    expect(receiver.at(`${together}/last`)).toHaveLength(0);
    await receiver.received(`${together}/last`, 3);
    for (const path of ['/sent', '/told']) expect(receiver.at(together + path)).toHaveLength(1);
  });

  it('is tried again when nobody listens, or the name does not resolve', async () => {
    const port = await freePort();
    const [refused, unknown] = await Promise.all([
      system.post({ url: `http://127.0.0.1:${port}/` }),
      system.post({ url: 'http://no-such-host.invalid/' }),
    ]);
    await Promise.all([status(refused.id, 'failed'), status(unknown.id, 'failed')]);
  });

  it('of others goes out on time while one destination hangs', async () => {
    receiver.answer('/hang', () => undefined);
    const posts = [{ url: receiver.url('/hang') }, { seconds: 1, url: receiver.url('/beside') }];
    const [, beside] = await Promise.all(posts.map((body) => system.post(body)));
    const [request] = await receiver.received('/beside', 1);
    expect((request?.atMs ?? 0) - Date.parse(beside?.fire_at ?? '')).toBeLessThan(1_000);
  });

  it('goes to no private address unless the operator has opened it, whatever was accepted before', async () => {
    let connections = 0;
    const canary = createServer(() => connections++);
    await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
    const { port } = canary.address() as { port: number };
    const open = await System.start({ env: { RETRY_DELAYS_SECONDS: '0' } });
    try {
      await open.worker.stop();
      const hosts = ['127.0.0.1', 'localhost', '2130706433', '127.1', 'a.localhost'];
      const timers = await Promise.all(hosts.map((host) => open.post({ url: `http://${host}:${port}/` })));
      open.worker.start({ DELIVERY_ALLOW_CIDRS: '' });
      for (const { id } of timers) {
        await waitUntil(`${id} has failed`, async () => (await open.get(id)).status === 'failed');
      }
      expect(connections).toBe(0);
    } finally {
      await open.stop();
      canary.close();
    }
  });
});
