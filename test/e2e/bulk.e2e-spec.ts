import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bulkChangeWorkflowId } from '#contracts/bulk-change.js';
import type { Timer } from '#contracts/timers.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { Groups } from '../support/groups.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

const HOUR_MS = 3_600_000;

interface Operation {
  id: string;
  kind: string;
  status: string;
  matched: number;
  done: number;
  refused: number;
  failed: number;
  created_at: string;
  finished_at: string | null;
}

describe('changes to many timers', () => {
  let system: System;
  let receiver: Receiver;
  let groups: Groups;

  beforeAll(async () => {
    [system, receiver] = await Promise.all([
      System.start({
        env: { RETRY_DELAYS_SECONDS: '0' },
        dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': '20' },
      }),
      Receiver.start(),
    ]);
    groups = Groups.of(system);
  });

  afterAll(async () => {
    await groups.close();
    await receiver.stop();
    await system.stop();
  });

  /** Timers with this label in groups of 50, due in an hour unless it is said otherwise. */
  async function set(count: number, label: string, of: Partial<Timer> = {}): Promise<Timer[]> {
    const request = { dueMs: Date.now() + HOUR_MS, url: receiver.url('/'), labels: { set: label }, ...of };
    const timers: Timer[] = [];
    for (let left = count; left > 0; left -= 50) {
      timers.push(...(await groups.start(Array.from({ length: Math.min(left, 50) }, () => request))));
    }
    return timers;
  }

  async function countOf(label: string, status: string): Promise<number> {
    let count = 0;
    for (let cursor: string | null | undefined; cursor !== null;) {
      const query = { label: `set:${label}`, status, limit: 100, ...(cursor && { cursor }) };
      const { body } = await system.api().get('/timers').query(query).expect(200);
      count += body.data.length as number;
      cursor = body.next_cursor as string | null;
    }
    return count;
  }

  const counted = (label: string, status: string, count: number) =>
    waitUntil(
      `${count} timers of ${label} are ${status}`,
      async () => (await countOf(label, status)) === count,
      {
        timeoutMs: 60_000,
        everyMs: 200,
      },
    );

  async function cancelAll(query: object): Promise<Operation> {
    const { body, headers } = await system.api().delete('/timers').query(query).expect(202);
    expect(headers.location).toBe(`/operations/${body.id}`);
    return body as Operation;
  }

  async function operation(id: string): Promise<Operation> {
    const { body } = await system.api().get(`/operations/${id}`).expect(200);
    return body as Operation;
  }

  const ended = (id: string) =>
    waitUntil(
      'the operation has ended',
      async () => {
        const state = await operation(id);
        return state.status !== 'running' && state;
      },
      { timeoutMs: 90_000 },
    );

  it('cancels what a filter finds, and nothing else', async () => {
    await set(120, 'cancel');
    await set(10, 'stay');
    const begun = await cancelAll({ label: 'set:cancel' });
    expect(begun).toMatchObject({ kind: 'cancel', status: 'running', matched: 0, finished_at: null });
    const state = await ended(begun.id);
    expect(state).toEqual({
      ...begun,
      ...{ status: 'finished', matched: 120, done: 120, finished_at: expect.any(String) },
    });
    await counted('cancel', 'canceled', 120);
    expect(await countOf('stay', 'scheduled')).toBe(10);
    // It took more than one run of its workflow.
    const runs = await groups.client.workflow.count(
      `WorkflowId = '${bulkChangeWorkflowId('default', begun.id)}'`,
    );
    expect(runs.count).toBeGreaterThan(1);
  });

  it('brings dead letters back, each once, with the same webhook-id', async () => {
    let answers = 404;
    receiver.answer('/dead', (_request, response) => response.writeHead(answers).end());
    const dead = await set(130, 'dead', { dueMs: Date.now(), url: receiver.url('/dead'), retryDelaysMs: [] });
    await counted('dead', 'failed', 130);
    answers = 200;
    const { body } = await system
      .api()
      .post('/timers/redeliver')
      .send({ label: 'set:dead', status: ['failed', 'expired'] })
      .expect(202);
    const { done, ...state } = await ended(body.id as string);
    expect(state).toMatchObject({ kind: 'redeliver', status: 'finished', refused: 0, failed: 0 });
    expect(done).toBeGreaterThanOrEqual(130);
    await receiver.received('/dead', 260, 90_000);
    await counted('dead', 'delivered', 130);
    const ids = receiver.at('/dead').map(({ headers }) => headers['webhook-id']);
    for (const { id } of dead) expect(ids.filter((sent) => sent === id)).toHaveLength(2);
  });

  it('goes on where it was after kill -9 of the worker', async () => {
    await set(300, 'killed');
    const { id } = await cancelAll({ label: 'set:killed' });
    await waitUntil('some are done', async () => (await operation(id)).done > 0);
    await system.worker.kill();
    // What is known of it needs no worker.
    const { status, done } = await operation(id);
    expect(status === 'running' || done === 300).toBe(true);
    system.worker.start();
    expect(await ended(id)).toMatchObject({ status: 'finished', matched: 300, done: 300, refused: 0 });
    await counted('killed', 'canceled', 300);
  });

  it('stops when it is told to, and leaves the rest', async () => {
    await set(2_000, 'stopped');
    const { id } = await cancelAll({ label: 'set:stopped' });
    await waitUntil('some are done', async () => (await operation(id)).done > 0);
    const { body } = await system.api().delete(`/operations/${id}`).expect(202);
    expect(body.id).toBe(id);
    const state = await ended(id);
    expect(state.status).toBe('canceled');
    expect(state.done).toBeLessThan(2_000);
    await counted('stopped', 'scheduled', 2_000 - state.done);
    // Once more changes nothing.
    const { body: again } = await system.api().delete(`/operations/${id}`).expect(202);
    expect(again).toEqual(state);
  });

  it('leaves alone what is set after it was asked for', async () => {
    const { id } = await cancelAll({ label: 'set:later' });
    await set(5, 'later');
    expect(await ended(id)).toMatchObject({ status: 'finished', matched: 0, done: 0 });
    await counted('later', 'scheduled', 5);
  });

  it('counts as refused what cannot be changed any more', async () => {
    const held: (() => void)[] = [];
    receiver.answer('/held', (_request, response) => void held.push(() => response.end()));
    await set(1, 'refused', { dueMs: Date.now(), url: receiver.url('/held'), timeoutMs: 60_000 });
    await receiver.received('/held', 1);
    const { id } = await cancelAll({ label: 'set:refused' });
    expect(await ended(id)).toMatchObject({ status: 'finished', matched: 1, done: 0, refused: 1 });
    for (const answer of held) answer();
  });

  it.each([
    ['no filter', {}, 'all'],
    ['a filter and all', { all: 'true', host: 'example.com' }, 'all'],
    ['all that is neither true nor false', { all: 'yes' }, 'all'],
    ['a status that cannot be canceled', { status: 'delivered' }, 'status'],
    ['a wrong filter', { label: 'team' }, 'label'],
    ['a page', { host: 'example.com', limit: '5' }, 'limit'],
  ])('refuses to cancel with %s', async (_what, query, field) => {
    const { body } = await system.api().delete('/timers').query(query).expect(400);
    expect(body.errors).toMatchObject([{ field }]);
  });

  it.each([
    ['no filter', {}, 'all'],
    ['a status that cannot be redelivered', { status: ['scheduled'] }, 'status'],
    ['all as text', { all: 'maybe' }, 'all'],
    ['a label that is no text', { label: [5] }, 'label'],
  ])('refuses to redeliver with %s', async (_what, filter, field) => {
    const { body } = await system.api().post('/timers/redeliver').send(filter).expect(400);
    expect(body.errors).toMatchObject([{ field }]);
  });

  it('answers 404 for an operation that is not there, or is another tenant’s', async () => {
    const id = randomUUID();
    const { body } = await system.api().get(`/operations/${id}`).expect(404);
    expect(body.detail).toBe(`There is no operation ${id}.`);
    await system.api().delete(`/operations/${id}`).expect(404);
    await system.api().get('/operations/abc').expect(400);
    await groups.client.workflow.start('bulkChange', {
      workflowId: bulkChangeWorkflowId('other', id),
      taskQueue: 'nobody',
      args: [],
    });
    await system.api().get(`/operations/${id}`).expect(404);
  });
});
