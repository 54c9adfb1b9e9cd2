import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import pg from 'pg';
import { JOB_WORKFLOW } from '#contracts/job.js';
import { Database } from '#database/database.js';
import { Results } from '#database/results.js';
import { createClient } from '#temporal/connection.js';
import { isRefusal } from '../../apps/worker/src/activities/jobs/refusal.js';
import { JOB_TYPES, Jobs } from '../support/jobs.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

describe('what follows from a group', () => {
  let system: System;
  let receiver: Receiver;
  let database: Database;
  let jobs: Jobs;
  let client: Client;

  beforeAll(async () => {
    receiver = await Receiver.start();
    system = await System.start({
      ...{ database: true, env: { WORKER_JOB_TYPES: JOB_TYPES } },
      // The engine suggests a new run of a job after each of its groups.
      dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': '5' },
    });
    database = new Database(system.database?.url('timekeeper') ?? '', () => undefined);
    jobs = new Jobs(system);
    const connectionOptions = { address: system.engine.address };
    client = createClient({ connectionOptions, namespace: 'default' }, 'test');
    await jobs.published('failing');
  });

  afterAll(async () => {
    await client?.connection.close();
    await database?.close();
    await system?.stop();
    await receiver?.stop();
  });

  it('is refused for good by the database where a text cannot be stored, and is known to be', async () => {
    const key = { tenant: 'default', name: 'refused', contribution: 'one' };
    for (const item of ['a\0b', '\ud83d']) {
      const error: unknown = await new Results(database)
        .add(key, { lists: { ids: [item] } })
        .catch((reason: unknown) => reason);
      expect([item, isRefusal(error)]).toEqual([item, true]);
    }
  });

  it('is refused for good by the engine where a job can be nobody’s or is too big, and is known to be', async () => {
    const options = { taskQueue: 'nobody', workflowId: 'refused' };
    for (const more of [{ priority: { fairnessKey: 'a'.repeat(300) } }, { args: ['x'.repeat(3_000_000)] }]) {
      const started = client.workflow.start(JOB_WORKFLOW, { ...options, ...more });
      expect(isRefusal(await started.catch((reason: unknown) => reason))).toBe(true);
    }
  });

  it('counts though the job is canceled meanwhile, and then nothing goes on, in a new run neither', async () => {
    const free = await lockResults();
    const id = await jobs.start('failing', { url: receiver.url('/settling'), failures: 0 });
    // Started by what is waiting for the results now.
    await receiver.received('/settling/child', 1);
    await system.api().delete(`/jobs/${id}`).expect(202);
    await free();
    const job = await jobs.reached(id, 'canceled');
    expect(job).toMatchObject({ children: { total: 1 }, results: ['totals:failing'] });
    expect(job.groups.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'dropped']);
    expect(receiver.at('/settling/after')).toHaveLength(0);
  });

  /** Nobody can add to a result before what this resolves with is called. */
  async function lockResults(): Promise<() => Promise<void>> {
    const holder = new pg.Client(system.database?.url('timekeeper'));
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE results');
    return () => holder.end();
  }
});
