import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { DEFAULT_TENANT } from '#contracts/timers.js';
import { Database } from '#database/database.js';
import { Results } from '#database/results.js';
import { createClient } from '#temporal/connection.js';
import { childId } from '../../apps/worker/src/jobs/child-id.js';
import type { Child } from '../../scripts/child.js';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { hasPython, installPythonWorker, startPythonWorker } from '../support/python-worker.js';
import { System } from '../support/system.js';

const NAMESPACE = 'default';
const INSTALL_TIMEOUT_MS = 600_000;
const PRICES = [11, 9, 10, -1, 12, 10, 95];
/** So many rounds take some seconds, and so many longer than any test. */
const LONG = 300_000;
const ENDLESS = 10_000_000;

describe('a group in whatever language', () => {
  let priceJobs: PriceJobs;
  let client: Client;

  beforeAll(async () => {
    priceJobs = await PriceJobs.begin();
    const connectionOptions = { address: priceJobs.system.engine.address };
    client = createClient({ connectionOptions, namespace: NAMESPACE }, 'whatever');
  });

  afterAll(async () => {
    await client.connection.close();
    await priceJobs.end();
  });

  /** As a worker does it on the wire, once. */
  async function answer(outcome: unknown): Promise<void> {
    const { workflowService } = client;
    await client.withDeadline(Date.now() + 60_000, async () => {
      const poll = { namespace: NAMESPACE, taskQueue: { name: 'python' } };
      const { taskToken } = await workflowService.pollActivityTaskQueue(poll);
      const result = { payloads: [defaultPayloadConverter.toPayload(outcome)] };
      await workflowService.respondActivityTaskCompleted({ namespace: NAMESPACE, taskToken, result });
    });
  }

  it.each([null, {}, { data: undefined, children: [] }])('may leave nothing behind: %j', async (outcome) => {
    const id = await priceJobs.start({ prices: PRICES });
    await answer(outcome);
    const { status, data } = await priceJobs.ended(id);
    expect(status).toBe('succeeded');
    expect(data).toMatchObject({ prices: [9, 10, 10, 11, 12, 95] });
  });

  const child = { type: 'check-price', input: { product: 'tea', price: 1 }, tenant: DEFAULT_TENANT };
  const sum = { result: 'price-reports', counters: { reports: 1 } };

  it.each([
    ['children that are none', { children: 'none' }, 'children: it must be array'],
    ['a child with wrong input', { children: [child, { ...child, input: {} }] }, 'input of check-price: '],
    [
      'a child of nobody',
      { children: [child, { ...child, tenant: undefined }] },
      "required property 'tenant'",
    ],
    [
      'a wrong sum',
      { children: [child], contributions: [{ ...sum, counters: { reports: '1' } }] },
      'integer',
    ],
    ['a result twice', { children: [child], contributions: [sum, sum] }, 'two to price-reports'],
  ])('fails for good with %s, and nothing of it counts', async (_what, outcome, message) => {
    const id = await priceJobs.start({ prices: PRICES });
    await answer(outcome);
    const { status, groups, children } = await priceJobs.ended(id);
    expect({ status, children: children.total }).toEqual({ status: 'failed', children: 0 });
    expect(groups[1]).toMatchObject({ status: 'failed', error: expect.stringContaining(message) });
    expect(await priceJobs.counters()).toEqual({ reports: 0, prices: 0 });
    const parent = { job: { id, tenant: DEFAULT_TENANT, type: 'price-report' }, index: 1 };
    await priceJobs.system
      .api()
      .get(`/jobs/${childId(parent, 0, child)}`)
      .expect(404);
  });
});

// As the checks that need Python: without it they are left out.
(hasPython() ? describe : describe.skip)('a group in Python', () => {
  beforeAll(installPythonWorker, INSTALL_TIMEOUT_MS);

  describe('between two in TypeScript', () => {
    let priceJobs: PriceJobs;
    let python: Child;

    beforeAll(async () => {
      priceJobs = await PriceJobs.begin();
    });

    afterEach(async () => {
      await python.stop();
    });

    afterAll(async () => {
      await priceJobs.end();
    });

    it('gets what the first has left, and hands on to the last', async () => {
      python = priceJobs.startPython();
      const { status, groups, data } = await priceJobs.ended(await priceJobs.start({ prices: PRICES }));
      expect(status).toBe('succeeded');
      expect(groups.map(({ tries }) => tries)).toEqual([1, 1, 1]);
      const summary = { median: 10.5, low: expect.any(Number), high: expect.any(Number) };
      const text = expect.stringMatching(/^tea: 10\.5 \([\d.]+ to [\d.]+\)$/);
      expect(data).toEqual({ prices: [9, 10, 10, 11, 12, 95], summary, text });
    });

    it('starts jobs and adds to results, as others do', async () => {
      python = priceJobs.startPython();
      const before = await priceJobs.counters();
      const job = await priceJobs.ended(await priceJobs.start({ prices: PRICES }));
      expect(job).toMatchObject({ status: 'succeeded', children: { total: 1 }, results: ['price-reports'] });
      const child = await priceJobs.ended(job.children.ids[0] as string);
      expect(child.data).toEqual({ note: 'is 95 a price of tea?' });
      const after = await priceJobs.counters();
      expect(after).toEqual({ reports: before.reports + 1, prices: before.prices + 6 });
    });

    it('waits for a worker that serves it', async () => {
      const id = await priceJobs.start({ prices: PRICES });
      await priceJobs.inPython(id, 'queued');
      python = priceJobs.startPython();
      expect((await priceJobs.ended(id)).status).toBe('succeeded');
    });

    it('is tried again when its worker was lost, and counts once', async () => {
      python = priceJobs.startPython();
      const before = await priceJobs.counters();
      const id = await priceJobs.start({ prices: PRICES, rounds: LONG });
      await priceJobs.inPython(id, 'running');
      await python.kill();
      python = priceJobs.startPython();
      const { status, groups, children } = await priceJobs.ended(id);
      expect({ status, children: children.total }).toEqual({ status: 'succeeded', children: 1 });
      expect(groups.map(({ tries }) => tries)).toEqual([1, 2, 1]);
      expect(await priceJobs.counters()).toEqual({ reports: before.reports + 1, prices: before.prices + 6 });
    });

    it('is not tried again after a FinalError, and nothing of it counts', async () => {
      python = priceJobs.startPython();
      const before = await priceJobs.counters();
      const { status, groups, children, data } = await priceJobs.ended(
        await priceJobs.start({ prices: [1, 2] }),
      );
      expect({ status, children: children.total }).toEqual({ status: 'failed', children: 0 });
      expect(groups).toMatchObject([
        { status: 'succeeded' },
        { status: 'failed', tries: 1, error: '2 prices of tea are too few, 3 are needed' },
        { status: 'dropped' },
      ]);
      expect(data).toEqual({ prices: [1, 2] });
      expect(await priceJobs.counters()).toEqual(before);
    });

    it('stops when its job is canceled', async () => {
      python = priceJobs.startPython();
      const id = await priceJobs.start({ prices: PRICES, rounds: ENDLESS });
      await priceJobs.inPython(id, 'running');
      await priceJobs.system.api().delete(`/jobs/${id}`).expect(202);
      // Not before Python has said that it has stopped.
      const { status, groups } = await priceJobs.ended(id);
      expect(status).toBe('canceled');
      expect(groups.map((group) => group.status)).toEqual(['succeeded', 'dropped', 'dropped']);
    });
  });

  describe('with PAYLOAD_KEYS', () => {
    const PAYLOAD_KEYS = `k1:${randomBytes(32).toString('base64')}`;
    let priceJobs: PriceJobs;
    let python: Child | undefined;

    beforeAll(async () => {
      priceJobs = await PriceJobs.begin({ PAYLOAD_KEYS });
    });

    afterEach(async () => {
      await python?.stop();
    });

    afterAll(async () => {
      await priceJobs.end();
    });

    it('reads and writes what is encrypted, and nothing of it is in plain text in the engine', async () => {
      python = priceJobs.startPython({ PAYLOAD_KEYS });
      const [sold, failing] = [newCanary(), newCanary()];
      const good = await priceJobs.start({ product: sold, prices: PRICES });
      const bad = await priceJobs.start({ product: failing, prices: [] });
      const { data } = await priceJobs.ended(good);
      expect(data).toMatchObject({ text: expect.stringContaining(`${sold}: 10.5`) });
      const { groups } = await priceJobs.ended(bad);
      expect(groups[1]?.error).toBe(`0 prices of ${failing} are too few, 3 are needed`);
      const stored = (await priceJobs.system.engine.stored()).toString('latin1');
      for (const canary of [sold, failing]) expect(stored).not.toContain(canary);
    });

    it('says which key it lacks, and the job goes on when it has it', async () => {
      python = priceJobs.startPython();
      const id = await priceJobs.start({ prices: PRICES });
      expect((await priceJobs.ended(id)).status).toBe('failed');
      expect(readFileSync(priceJobs.pythonLog, 'utf8')).toContain(
        "encrypted with key b'k1', not in PAYLOAD_KEYS",
      );
      await python.stop();
      python = priceJobs.startPython({ PAYLOAD_KEYS });
      await priceJobs.system.api().post(`/jobs/${id}/retry`).send({}).expect(200);
      expect((await priceJobs.ended(id)).status).toBe('succeeded');
    });
  });
});

interface JobBody {
  id: string;
  status: string;
  ended_at: string | null;
  groups: { name: string; status: string; tries: number; error: string | null }[];
  data: Record<string, unknown> | null;
  children: { total: number; ids: string[] };
  results: string[];
}

/** Jobs of the example, in a system of their own. */
class PriceJobs {
  private readonly database: Database;

  private constructor(readonly system: System) {
    this.database = new Database(system.database?.url('timekeeper') ?? '', () => undefined);
  }

  static async begin(env: Record<string, string> = {}): Promise<PriceJobs> {
    const types = { WORKER_JOB_TYPES: join(ROOT, 'dist/examples/python-step/job-type.js') };
    const system = await System.start({ database: true, env, workerEnv: types });
    await waitUntil('the job types are known', async () => {
      const { body } = await system.api().get('/job-types').expect(200);
      return (body.data as { type: string }[]).some(({ type }) => type === 'price-report');
    });
    return new PriceJobs(system);
  }

  get pythonLog(): string {
    return join(this.system.folder, 'python.log');
  }

  startPython(env: Record<string, string> = {}): Child {
    return startPythonWorker({ TEMPORAL_ADDRESS: this.system.engine.address, ...env }, this.pythonLog);
  }

  /** Returns the id of the job. */
  async start({ product = 'tea', ...input }: { product?: string; prices: number[]; rounds?: number }) {
    const request = { type: 'price-report', input: { product, ...input } };
    const { body } = await this.system.api().post('/jobs').send(request).expect(201);
    return (body as JobBody).id;
  }

  async get(id: string): Promise<JobBody> {
    const { body } = await this.system.api().get(`/jobs/${id}`).expect(200);
    return body as JobBody;
  }

  async ended(id: string): Promise<JobBody> {
    const over = async () => {
      const job = await this.get(id);
      return job.ended_at !== null && job;
    };
    return waitUntil(`job ${id} is over`, over, { timeoutMs: 90_000, everyMs: 200 });
  }

  /** Resolves when the group in Python is like this. */
  async inPython(id: string, status: string): Promise<void> {
    const is = async () => (await this.get(id)).groups[1]?.status === status;
    await waitUntil(`the group of ${id} in Python is ${status}`, is, { timeoutMs: 60_000 });
  }

  async counters(): Promise<{ reports: number; prices: number }> {
    const result = await new Results(this.database).find(DEFAULT_TENANT, 'price-reports');
    return { reports: 0, prices: 0, ...result?.counters };
  }

  async end(): Promise<void> {
    await this.database.close();
    await this.system.stop();
  }
}

function newCanary(): string {
  return `canary${randomBytes(8).toString('hex')}`;
}
