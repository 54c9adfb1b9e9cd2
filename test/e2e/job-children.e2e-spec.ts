import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../scripts/wait-until.js';
import { JOB_TYPES, Jobs } from '../support/jobs.js';
import type { JobBody } from '../support/jobs.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

describe('a job with children', () => {
  let system: System;
  let receiver: Receiver;
  let jobs: Jobs;

  beforeAll(async () => {
    receiver = await Receiver.start();
    system = await System.start({ database: true, env: { WORKER_JOB_TYPES: JOB_TYPES } });
    jobs = new Jobs(system);
    await jobs.published('family');
  });

  afterAll(async () => {
    await system?.stop();
    await receiver?.stop();
  });

  /** Answers nothing at the path, and gives the requests that wait. */
  function hold(path: string): ServerResponse[] {
    const waiting: ServerResponse[] = [];
    receiver.answer(path, (_request, response) => void waiting.push(response));
    return waiting;
  }

  async function children(parent: string): Promise<JobBody[]> {
    const { body } = await system.api().get(`/jobs?parent=${parent}`).expect(200);
    return (body as { data: JobBody[] }).data;
  }

  /** Waits until the list of its children shows them so: what is listed comes a moment after it has happened. */
  const childrenAre = (parent: string, wanted: Record<string, string>) =>
    waitUntil(`the children are ${JSON.stringify(wanted)}`, async () => {
      const listed = (await children(parent)).map(({ type, status }) => [type, status] as const);
      return JSON.stringify(listed.toSorted()) === JSON.stringify(Object.entries(wanted).toSorted());
    });

  /** A parent that waits, with a child that waits as well. */
  async function startFamily(label: string) {
    const [parents, held] = [hold(`/${label}/stay`), hold(`/${label}-held/hold`)];
    const id = await jobs.start('family', { url: receiver.url(`/${label}`) });
    await receiver.received(`/${label}/stay`, 1);
    await receiver.received(`/${label}-held/hold`, 1);
    const end = (waiting: ServerResponse[]) => waiting.forEach((response) => response.end());
    return { id, endParent: () => end(parents), endHeld: () => end(held) };
  }

  it('succeeds whatever becomes of them, and lists each as it has ended', async () => {
    const { id, endParent } = await startFamily('apart');
    await childrenAre(id, { brief: 'killed', failing: 'failed', held: 'running' });
    const waiting = (await children(id)).find(({ type }) => type === 'held');
    await system.api().delete(`/jobs/${waiting?.id}`);
    const ended = { brief: 'killed', failing: 'failed', held: 'canceled' };
    await childrenAre(id, ended);
    expect(await jobs.get(id)).toMatchObject({ status: 'running', children: { total: 3 } });
    endParent();
    const parent = await jobs.reached(id, 'succeeded');
    expect(parent.groups.map(({ status, tries }) => [status, tries])).toEqual([
      ['succeeded', 1],
      ['succeeded', 1],
    ]);
    await childrenAre(id, ended);
    for (const childId of parent.children.ids) {
      const { parent_id, type, status } = await jobs.get(childId);
      expect([parent_id, status]).toEqual([id, ended[type as keyof typeof ended]]);
    }
  });

  it('that is canceled leaves them at work', async () => {
    const { id, endHeld } = await startFamily('canceled');
    await system.api().delete(`/jobs/${id}`);
    await jobs.reached(id, 'canceled');
    await childrenAre(id, { brief: 'killed', failing: 'failed', held: 'running' });
    endHeld();
    await childrenAre(id, { brief: 'killed', failing: 'failed', held: 'succeeded' });
    expect((await jobs.get(id)).status).toBe('canceled');
  });
});
