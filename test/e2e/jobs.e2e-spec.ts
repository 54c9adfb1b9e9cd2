import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { GLOBAL, jobWorkflowId, newJobState } from '#contracts/job.js';
import { Database } from '#database/database.js';
import { JobRecords } from '#database/job-records.js';
import { Results } from '#database/results.js';
import { JobReader } from '#jobs/job-reader.js';
import type { StoredJob } from '#jobs/job-reader.js';
import { JobStart } from '#jobs/job-start.js';
import { waitUntil } from '../../scripts/wait-until.js';
import type { App } from '../support/app.js';
import { jobTypes as lateJobTypes } from '../support/late-job-types.js';
import { JOB_TYPES, Jobs, LATE_JOB_TYPES } from '../support/jobs.js';
import type { JobBody } from '../support/jobs.js';
import { Mailbox } from '../support/mailbox.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

const statuses = ({ status, groups }: JobBody) => [status, ...groups.map((group) => group.status)];

describe('a job', () => {
  let system: System;
  let receiver: Receiver;
  let mailbox: Mailbox;
  let jobs: Jobs;
  let database: Database;
  let deaf: string;

  beforeAll(async () => {
    [receiver, mailbox] = await Promise.all([Receiver.start(), Mailbox.start()]);
    const env = { WORKER_JOB_TYPES: JOB_TYPES, SMTP_URL: mailbox.url, RETRY_DELAYS_SECONDS: '1,1' };
    system = await System.start({ workers: 2, database: true, env });
    database = new Database(system.database?.url('timekeeper') ?? '', () => undefined);
    jobs = new Jobs(system);
    await jobs.published('ordered');
    // It takes its time.
    deaf = await jobs.start('slow', { ...url('deaf'), stops: false });
  });

  afterAll(async () => {
    await database?.close();
    await system?.stop();
    await receiver?.stop();
    await mailbox?.stop();
  });

  const worker = (index: 0 | 1) => system.workers[index] as App;
  const url = (label: string) => ({ url: receiver.url(`/${label}`) });
  const result = (name: string, tenant = 'default') => new Results(database).find(tenant, name);

  async function startWorker(index: 0 | 1): Promise<void> {
    worker(index).start();
    await worker(index).ready();
  }

  /** Answers nothing at the path but as many requests as said, and gives those that wait. */
  function hold(path: string, times: number): ServerResponse[] {
    const waiting: ServerResponse[] = [];
    receiver.answer(path, (_request, response, count) =>
      count > times ? response.end() : void waiting.push(response),
    );
    return waiting;
  }

  it('runs its groups in order, and each goes on with what those before it have written', async () => {
    const id = await jobs.start('ordered', url('order'));
    const job = await jobs.reached(id, 'succeeded');
    expect(job.data).toEqual({
      seen: ['first', 'second', 'third'].flatMap((name) => [`${name}.1`, `${name}.2`]),
    });
    expect(receiver.at('/order/').map(({ target }) => target)).toEqual([
      ...['/order/first', '/order/second', '/order/third'],
    ]);
    expect(JSON.parse(receiver.at('/order/second')[0]?.body ?? '')).toMatchObject({
      seen: ['first.1', 'first.2', 'second.1'],
    });
    for (const group of job.groups) {
      expect(group).toMatchObject({ status: 'succeeded', tries: 1, error: null });
      const times = [group.queued_at, group.started_at, group.ended_at].map((time) => Date.parse(time ?? ''));
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
  });

  it('whose group throws makes as many tries as allowed and fails, and nothing that they collected counts', async () => {
    const id = await jobs.start('failing', { ...url('throws'), failures: 3 });
    const job = await jobs.reached(id, 'failed');
    expect(statuses(job)).toEqual(['failed', 'succeeded', 'failed', 'dropped']);
    expect(job.groups[1]).toMatchObject({ tries: 3, error: 'broken at try 3' });
    expect(job).toMatchObject({ data: { tries: [] }, children: { total: 0, ids: [] }, results: [] });
    expect(receiver.at('/throws/').map(({ target }) => target)).toEqual(['/throws/before']);
    expect(await result('totals:failing')).toBeUndefined();
  });

  it('whose group fails for good is not tried again, and can be by a person, from that group on', async () => {
    const alerts = { alerts: { webhooks: [receiver.url('/final-alerts')] } };
    const id = await jobs.start('failing', { ...url('final'), failures: 0, final: true }, alerts);
    expect((await jobs.reached(id, 'failed')).groups[1]).toMatchObject({ tries: 1, error: 'no use' });
    await system.api().post(`/jobs/${id}/retry`).send({}).expect(200);
    await waitUntil('it has failed again', async () => {
      const { groups, status } = await jobs.get(id);
      return status === 'failed' && groups[1]?.tries === 1;
    });
    expect(receiver.at('/final/before')).toHaveLength(1);
    const told = await receiver.received('/final-alerts', 2);
    expect(new Set(told.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  });

  it('is retried once, however many ask, also where that retry has ended when the next one asks', async () => {
    const id = await jobs.start('failing', { ...url('twice'), failures: 0, final: true });
    await jobs.reached(id, 'failed');
    const connection = await Connection.connect({ address: system.engine.address });
    try {
      const client = new Client({ connection });
      const workflowId = jobWorkflowId('default', id);
      const { input, runId } = (await new JobReader(client).read(workflowId)) as StoredJob;
      const again = { ...input, state: newJobState(input.plan.groups, false) };
      for (let asked = 1; asked <= 2; asked++) {
        await new JobStart(client, {}).start(again, { deadlineMs: Date.now() + 5_000, after: runId });
        await client.workflow.getHandle(workflowId).result();
        expect(receiver.at('/twice/before')).toHaveLength(2);
      }
    } finally {
      await connection.close();
    }
  });

  it('counts of a group what its last try has collected, and only that', async () => {
    const id = await jobs.start('failing', { ...url('again'), failures: 2 });
    const job = await jobs.reached(id, 'succeeded');
    expect(job).toMatchObject({ data: { tries: [3] }, children: { total: 1 }, results: ['totals:failing'] });
    const [child = ''] = job.children.ids;
    expect(await jobs.reached(child, 'succeeded')).toMatchObject({ parent_id: id, type: 'child' });
    expect(await result('totals:failing')).toMatchObject({
      ...{ counters: { jobs: 2, users: 3 }, contributions: 2, lists: { ids: 1 } },
    });
  });

  it('whose group takes too long has its token fired, is tried again and fails', async () => {
    const id = await jobs.start('slow', { ...url('slow'), stops: true });
    const job = await jobs.reached(id, 'failed');
    expect(job.groups[0]).toMatchObject({ tries: 2, error: 'it took longer than its time limit' });
    expect(receiver.at('/slow/').map(({ target }) => target)).toEqual([
      ...['/slow/begun', '/slow/token/time-out', '/slow/begun', '/slow/token/time-out'],
    ]);
  });

  it('does not wait for ever for a step that does not look at its token', async () => {
    const job = await jobs.reached(deaf, 'failed');
    expect(job.groups[0]).toMatchObject({ tries: 2, error: 'it took longer than its time limit' });
    expect(receiver.at('/deaf/after')).toHaveLength(0);
  });

  it('that is canceled has its token fired, and begins nothing after', async () => {
    const id = await jobs.start('endless', url('cancel'));
    await receiver.received('/cancel/before', 1);
    await waitUntil(
      'its second group runs',
      async () => (await jobs.get(id)).groups[1]?.status === 'running',
    );
    await system.api().delete(`/jobs/${id}`).expect(202);
    const job = await jobs.reached(id, 'canceled');
    expect(statuses(job)).toEqual(['canceled', 'succeeded', 'dropped', 'dropped']);
    expect(job.groups[1]).toMatchObject({ tries: 1, error: 'canceled' });
    expect(receiver.at('/cancel/').map(({ target }) => target)).toEqual([
      ...['/cancel/before', '/cancel/token/canceled'],
    ]);
    await system.api().delete(`/jobs/${id}`).expect(200);
  });

  it('is killed at its kill_at: token, nothing after, and those concerned hear of it before and then, whatever fails', async () => {
    receiver.answer('/alerts', (_request, response, count) =>
      response.writeHead(count === 1 ? 503 : 204).end(),
    );
    const killAtMs = Date.now() + 5_000;
    const id = await jobs.start('endless', url('kill'), {
      ...{ kill_at: new Date(killAtMs).toISOString(), warn_before: 'PT3S', labels: { team: 'a' } },
      alerts: { webhooks: [receiver.url('/alerts')], emails: ['oncall@example.com'] },
    });
    const job = await jobs.reached(id, 'killed');
    expect(Date.parse(job.ended_at ?? '')).toBeGreaterThanOrEqual(killAtMs - 50);
    expect(statuses(job)).toEqual(['killed', 'succeeded', 'dropped', 'dropped']);
    await receiver.received('/kill/token', 1);
    expect(receiver.at('/kill/').map(({ target }) => target)).toEqual(['/kill/before', '/kill/token/kill']);

    const alerts = await receiver.received('/alerts', 3);
    const bodies = alerts.map(({ body }) => JSON.parse(body) as { type: string; data: object });
    expect(bodies.map(({ type }) => type)).toEqual(['job.warning', 'job.warning', 'job.killed']);
    expect(alerts[0]?.headers['webhook-id']).toBe(alerts[1]?.headers['webhook-id']);
    expect(alerts[0]?.atMs).toBeLessThan(killAtMs);
    expect(bodies[2]?.data).toMatchObject({
      ...{ id, type: 'endless', kill_at: new Date(killAtMs).toISOString(), labels: { team: 'a' } },
      ...{ done: ['before'], dropped: ['waits', 'after'] },
    });
    const mails = await mailbox.received(id, 2);
    expect(mails.map((mail) => /^Subject: (.*)$/m.exec(mail)?.[1]?.trim())).toEqual([
      ...['Job endless will be killed soon', 'Job endless was killed: its time was over'],
    ]);
    expect(mails[1]).toContain('Dropped: waits, after');
    expect(mails[1]).toContain('oncall@example.com');
  });

  it('has a lock to itself, on whichever worker others wait for it', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => jobs.start('locked', url('lock'))));
    for (const id of ids) await jobs.reached(id, 'succeeded');
    const told = receiver.at('/lock/').map(({ target, body }) => ({
      ...(JSON.parse(body) as { job: string; fencingToken: number }),
      target,
    }));
    expect(told.map(({ target }) => target)).toEqual(ids.flatMap(() => ['/lock/in', '/lock/out']));
    const tokens = told.map(({ fencingToken }) => fencingToken);
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
    expect(new Set(tokens).size).toBe(ids.length);
  });

  it('keeps its lock while its own steps have all connections to the database', async () => {
    const job = await jobs.reached(await jobs.start('crowded', url('crowded')), 'succeeded');
    expect(job.groups[0]).toMatchObject({ tries: 1 });
  });

  describe('on a worker that is stopped with SIGTERM', () => {
    let handed: string;
    let once: string;

    beforeAll(async () => {
      await worker(1).stop();
      // The first try fails, the second one is given back.
      receiver.answer('/handed/hold', (_request, response, count) => {
        if (count === 1) response.destroy();
        else if (count > 2) response.end();
      });
      const waiting = hold('/handed-once/hold', 1);
      handed = await jobs.start('held', url('handed'));
      once = await jobs.start('held-once', url('handed-once'));
      await receiver.received('/handed/hold', 2);
      await receiver.received('/handed-once/hold', 1);
      await startWorker(1);
      worker(0).process.signal('SIGTERM');
      await receiver.received('/handed/hold', 3);
      waiting.forEach((response) => response.end());
      expect(await worker(0).process.exited).toBe('code 0');
      await startWorker(0);
    });

    it('goes on at once on another one, as if that try had not been', async () => {
      const job = await jobs.reached(handed, 'succeeded');
      expect(job.groups[1]).toMatchObject({ tries: 2 });
      const tries = receiver.at('/handed/hold').map(({ body }) => JSON.parse(body) as { tryNumber: number });
      expect(tries.map(({ tryNumber }) => tryNumber)).toEqual([1, 2, 2]);
      expect(receiver.at('/handed/').map(({ target }) => target)).toEqual([
        ...['/handed/before', '/handed/hold', '/handed/hold', '/handed/hold', '/handed/after'],
      ]);
    });

    it('ends a group there that must not be repeated', async () => {
      await jobs.reached(once, 'succeeded');
      expect(receiver.at('/handed-once/hold')).toHaveLength(1);
    });
  });

  describe('on a worker that is killed with kill -9', () => {
    const CHILDREN = 60;
    let lost: string;
    let retried: string;
    let skipped: string;
    let spread: string;
    let alone: JobBody;

    beforeAll(async () => {
      await worker(1).stop();
      for (const label of ['lost', 'retried', 'skipped']) hold(`/${label}/hold`, 1);
      hold('/kids/child', 1);
      lost = await jobs.start('held', url('lost'));
      const alerts = { alerts: { webhooks: [receiver.url('/uncertain')] } };
      retried = await jobs.start('held-once', url('retried'), alerts);
      skipped = await jobs.start('held-once', url('skipped'));
      for (const label of ['lost', 'retried', 'skipped']) await receiver.received(`/${label}/hold`, 1);
      spread = await jobs.start('parent', { ...url('kids'), result: 'kids', count: CHILDREN });
      // Some children have been started, and not all.
      await receiver.received('/kids/child', 1);
      await worker(0).kill();
      alone = await jobs.reached(retried, 'uncertain');
      await Promise.all([startWorker(0), startWorker(1)]);
    });

    it('shows what must not be repeated as lost, though no worker is left that could say so', () => {
      expect(statuses(alone)).toEqual(['uncertain', 'succeeded', 'uncertain', 'waiting']);
      expect(alone.groups[1]).toMatchObject({ tries: 1, error: 'its worker was lost' });
    });

    it('is queued again with the group that was lost, and no other one is repeated', async () => {
      const job = await jobs.reached(lost, 'succeeded');
      expect(job.groups.map(({ tries }) => tries)).toEqual([1, 2, 1]);
      expect(receiver.at('/lost/').map(({ target }) => target)).toEqual([
        ...['/lost/before', '/lost/hold', '/lost/hold', '/lost/after'],
      ]);
    });

    it('does not repeat what must not be: it is uncertain, and somebody is told', async () => {
      const job = await jobs.reached(retried, 'uncertain');
      expect(statuses(job)).toEqual(['uncertain', 'succeeded', 'uncertain', 'waiting']);
      expect(job.groups[1]).toMatchObject({ tries: 1, error: 'its worker was lost' });
      const [alert] = await receiver.received('/uncertain', 1);
      expect(JSON.parse(alert?.body ?? '')).toMatchObject({
        ...{ type: 'job.uncertain', data: { id: retried, group: 'hold', dropped: ['hold', 'after'] } },
      });
      expect(receiver.at('/retried/hold')).toHaveLength(1);
    });

    it('runs such a group again when a person says so', async () => {
      await jobs.reached(retried, 'uncertain');
      await jobs.decide(retried, 1, 'retry');
      await jobs.reached(retried, 'succeeded');
      expect(receiver.at('/retried/').map(({ target }) => target)).toEqual([
        ...['/retried/before', '/retried/hold', '/retried/hold', '/retried/after'],
      ]);
    });

    it('goes on without it when a person says so', async () => {
      await jobs.reached(skipped, 'uncertain');
      await jobs.decide(skipped, 1, 'skip');
      const job = await jobs.reached(skipped, 'succeeded');
      expect(statuses(job)).toEqual(['succeeded', 'succeeded', 'skipped', 'succeeded']);
      expect(receiver.at('/skipped/').map(({ target }) => target)).toEqual([
        ...['/skipped/before', '/skipped/hold', '/skipped/after'],
      ]);
      await system.api().post(`/jobs/${skipped}/groups/1/skip`).expect(409);
    });

    it('starts each of its children once, and what all have added is exact', async () => {
      const job = await jobs.reached(spread, 'succeeded');
      // Beside those without a key, one that is enqueued twice under the same, and a global one.
      const { total, ids } = job.children;
      expect([total, new Set(ids).size]).toEqual([CHILDREN + 2, CHILDREN + 2]);
      await waitUntil(
        'all have added',
        async () => {
          const [own, global] = [await result('totals:kids'), await result('totals:kids', GLOBAL)];
          return own?.contributions === CHILDREN + 2 && global?.contributions === 1;
        },
        { timeoutMs: 60_000 },
      );
      for (const id of ids) expect(await jobs.reached(id, 'succeeded')).toMatchObject({ parent_id: spread });
      expect(await result('totals:kids')).toMatchObject({
        counters: { jobs: CHILDREN + 1, users: CHILDREN + 3 * (CHILDREN + 1) },
        lists: { ids: CHILDREN + 1 },
      });
    });
  });

  it('that kills every worker it runs on fails after its last try, and others go on meanwhile', async () => {
    const restarts = setInterval(() => {
      for (const each of system.workers) if (!each.process.alive) each.start();
    }, 100);
    try {
      const id = await jobs.start('poison', url('poison'));
      await receiver.received('/poison/kills', 1);
      const others = await Promise.all([1, 2, 3].map((i) => jobs.start('ordered', url(`beside-${i}`))));
      const job = await jobs.reached(id, 'failed', 90_000);
      expect(statuses(job)).toEqual(['failed', 'failed', 'dropped']);
      expect(job.groups[0]).toMatchObject({ tries: 2, error: 'its worker was lost' });
      expect(receiver.at('/poison/kills')).toHaveLength(2);
      for (const other of others) await jobs.reached(other, 'succeeded');
    } finally {
      clearInterval(restarts);
      await system.ready();
    }
  });

  it('of a type that no worker has waits for one that has it, and no try counts', async () => {
    // By a worker that is gone.
    await new JobRecords(database).publish(lateJobTypes);
    await jobs.published('late');
    const id = await jobs.start('late', {});
    await waitUntil('it says what it waits for', async () => {
      const [group] = (await jobs.get(id)).groups;
      return group?.error === 'this worker has no job type late';
    });
    expect((await jobs.get(id)).status).toBe('running');
    await Promise.all(system.workers.map((each) => each.stop()));
    worker(0).start({ WORKER_JOB_TYPES: `${JOB_TYPES},${LATE_JOB_TYPES}` });
    expect((await jobs.reached(id, 'succeeded')).groups[0]).toMatchObject({ tries: 1 });
  });
});
