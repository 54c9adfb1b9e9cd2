import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { waitUntil } from '../../scripts/wait-until.js';
import { postTimers } from '../support/load.js';
import { installPostgresTools, runOnPostgres } from '../support/postgres-tools.js';
import { hasPython } from '../support/python-worker.js';
import { Receiver } from '../support/receiver.js';
import type { ReceivedRequest } from '../support/receiver.js';
import { System } from '../support/system.js';

const INSTALL_TIMEOUT_MS = 600_000;
/** Longer than it takes to restore it all, on a machine that has nothing else to do. */
const LATER_SECONDS = 45;

// The tools come by Python.
(hasPython() ? describe : describe.skip)('a backup of PostgreSQL', () => {
  let system: System;
  let receiver: Receiver;

  beforeAll(installPostgresTools, INSTALL_TIMEOUT_MS);

  beforeEach(async () => {
    [system, receiver] = await Promise.all([
      System.start({ topology: 'postgres', database: true }),
      Receiver.start(),
    ]);
  });

  afterEach(async () => {
    await receiver.stop();
    await system.stop();
  });

  it('that was made under load is put into an empty PostgreSQL, and every timer of it fires, signed', async () => {
    const made = await system.api().post('/signing-secrets').send({}).expect(201);
    const { secret } = made.body as { secret: string };
    const later = await system.post({ seconds: LATER_SECONDS, url: receiver.url('/later/') });
    const moved = await system.post({ hours: 1, url: receiver.url('/moved/') });
    await system.api().patch(`/timers/${moved.id}`).send({ seconds: LATER_SECONDS }).expect(200);
    const canceled = await system.post({ seconds: LATER_SECONDS, url: receiver.url('/canceled/') });
    await system.api().delete(`/timers/${canceled.id}`).expect(200);
    const sent = await system.post({ seconds: 1, url: receiver.url('/sent/') });
    await waitUntil('it is delivered', async () => (await system.get(sent.id)).status === 'delivered');
    const timers = (prefix: string, count: number, seconds: number) =>
      Array.from({ length: count }, (_, i) => ({ seconds, url: receiver.url(`/${prefix}/${i}/`) }));
    const overdue = await postTimers(system.servers, timers('overdue', 60, 25));
    expect(overdue.filter(({ status }) => status !== 201)).toEqual([]);

    const backup = join(system.folder, 'backup');
    const [said] = await Promise.all([
      runOnPostgres('backup.sh', system.postgres.url('postgres'), backup),
      postTimers(system.servers, timers('meanwhile', 60, 20), 4),
    ]);
    expect(said).toContain(`Backed up to ${backup}`);
    const again = runOnPostgres('backup.sh', system.postgres.url('postgres'), backup);
    await expect(again).rejects.toThrow(`There is a ${backup} already`);
    await system.killAll();
    rmSync(join(system.folder, 'postgres'), { recursive: true });
    // What the backup may hold of what was set while it was made is not counted here.
    const sentBefore = receiver.requests.length;
    await waitUntil('some timers are overdue', () => Date.now() > lastDueMs(overdue), { timeoutMs: 60_000 });

    await system.postgres.start();
    await runOnPostgres('restore.sh', system.postgres.url('postgres'), backup);
    await system.engine.start();
    system.startApps();
    await system.ready();
    const readyMs = Date.now();

    const atOnce = await receiver.received('/overdue/', 60, 60_000);
    expect(new Set(atOnce.map(({ target }) => target)).size).toBe(60);
    for (const [prefix, { id }] of [['/later/', later] as const, ['/moved/', moved] as const]) {
      const [request] = (await receiver.received(prefix, 1, 120_000)) as [ReceivedRequest];
      const dueMs = Date.parse((await system.get(id)).fire_at);
      expect(request.atMs).toBeGreaterThanOrEqual(dueMs);
      expect(request.atMs - Math.max(dueMs, readyMs)).toBeLessThan(5_000);
      new Webhook(secret).verify(request.body, request.headers as never, { jsonParse: false });
    }
    await waitUntil('it is delivered', async () => (await system.get(later.id)).status === 'delivered');
    expect((await system.get(later.id)).fire_at).toBe(later.fire_at);
    expect((await system.get(sent.id)).status).toBe('delivered');
    expect((await system.get(canceled.id)).status).toBe('canceled');
    const twice = [...receiver.at('/sent/'), ...receiver.at('/later/'), ...receiver.at('/moved/')];
    expect(twice).toHaveLength(3);
    expect(receiver.at('/canceled/')).toEqual([]);
    expect(receiver.requests.length).toBeGreaterThanOrEqual(sentBefore + 62);
    const { body: listed } = await system.api().get('/timers').query({ status: 'canceled' }).expect(200);
    expect((listed as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual([canceled.id]);
  });
});

function lastDueMs(posts: { body?: { fire_at: string } }[]): number {
  return Math.max(...posts.map(({ body }) => Date.parse(body?.fire_at ?? '')));
}
