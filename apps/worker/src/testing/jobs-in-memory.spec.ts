import { describe, expect, it } from '@jest/globals';
import type { JobType } from '../jobs/define-job.js';
import { defineJob, defineResult, FinalError, RetryAfterError, Type } from '../jobs/index.js';
import { JobsInMemory } from './jobs-in-memory.js';

const HOUR = 3_600_000;
const input = Type.Object({ failures: Type.Integer({ minimum: 0 }) }, { additionalProperties: false });
const totals = defineResult({ name: 'totals', counters: ['runs'], lists: { tries: Type.Integer() } });

const depth = Type.Object({ depth: Type.Integer({ minimum: 0 }) });
const child: JobType<typeof depth> = defineJob({
  ...{ name: 'child', input: depth },
  groups: [
    {
      name: 'only',
      steps: [
        (ctx) => {
          ctx.add(totals, { runs: 1 });
          if (ctx.input.depth > 0) ctx.enqueue(child, { depth: ctx.input.depth - 1 });
        },
      ],
    },
  ],
});

/** Fails as often as it is told to, after it has collected everything. */
const failing = defineJob({
  ...{ name: 'failing', input, data: () => ({ tries: [] as number[] }) },
  groups: [
    { name: 'first', steps: [(ctx) => void ctx.data.tries.push(0)] },
    {
      name: 'second',
      retry: { maxAttempts: 3, initialDelayMs: HOUR },
      steps: [
        (ctx) => {
          ctx.data.tries.push(ctx.tryNumber);
          ctx.enqueue(child, { depth: 2 });
          ctx.add(totals, { runs: 1, tries: [ctx.tryNumber] });
          if (ctx.tryNumber <= ctx.input.failures) throw new Error(`broken at try ${ctx.tryNumber}`);
        },
      ],
    },
  ],
});

const once = (error: Error, seen: number[] = []) =>
  defineJob({
    ...{ name: 'once', input },
    groups: [
      {
        name: 'charge',
        retry: 'none',
        steps: [
          (ctx) => {
            seen.push(ctx.tryNumber);
            if (seen.length <= ctx.input.failures) throw error;
          },
        ],
      },
      { name: 'thank', steps: [() => undefined] },
    ],
  });

const statuses = ({ status, groups }: { status: string; groups: { status: string }[] }) => [
  status,
  ...groups.map((group) => group.status),
];

describe('jobs in memory', () => {
  it('run group after group, and what a group has collected counts once it has ended well', async () => {
    const jobs = new JobsInMemory([failing, child]);
    const job = await jobs.run(failing, { failures: 0 }, { tenant: 'acme' });
    expect(job).toMatchObject({ status: 'succeeded', tenant: 'acme', type: 'failing', results: ['totals'] });
    expect(job.data).toEqual({ tries: [0, 1] });
    expect(job.children).toEqual([
      { id: expect.any(String), type: 'child', tenant: 'acme', input: { depth: 2 } },
    ]);
    expect(jobs.queue).toEqual(job.children.map((each) => ({ ...each, parent: job.id })));
    expect(jobs.result('totals', 'acme')).toEqual({
      ...{ counters: { runs: 1 }, lists: { tries: [1] }, contributions: 1 },
    });
    expect(jobs.result('totals').contributions).toBe(0);
  });

  it('make as many tries as allowed, without waiting between them, and throw away what failed ones have collected', async () => {
    const jobs = new JobsInMemory([failing, child]);
    const began = Date.now();
    const job = await jobs.run(failing, { failures: 2 });
    expect(statuses(job)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(job.groups[1]).toMatchObject({ name: 'second', tries: 3 });
    expect(job.data).toEqual({ tries: [0, 3] });
    expect(jobs.queue).toHaveLength(1);
    expect(jobs.result('totals')).toMatchObject({ counters: { runs: 1 }, lists: { tries: [3] } });
    expect(Date.now() - began).toBeLessThan(HOUR);
    expect((job.groups[1]?.endedMs ?? 0) - began).toBeGreaterThanOrEqual(2 * HOUR);
  });

  it('fail after the last try, and nothing of that group counts', async () => {
    const jobs = new JobsInMemory([failing, child]);
    const job = await jobs.run(failing, { failures: 3 });
    expect(statuses(job)).toEqual(['failed', 'succeeded', 'failed']);
    expect(job.groups[1]).toMatchObject({ tries: 3, error: 'broken at try 3' });
    expect(job.data).toEqual({ tries: [0] });
    expect([job.children, jobs.queue]).toEqual([[], []]);
    expect(jobs.result('totals').contributions).toBe(0);
  });

  it('that enqueue jobs have them run when the test wants it, and what those enqueue', async () => {
    const jobs = new JobsInMemory([failing, child]);
    const job = await jobs.run(failing, { failures: 0 }, { tenant: 'acme' });
    const children = await jobs.runQueued();
    expect(children.map((each) => [each.status, each.input])).toEqual([
      ...[2, 1, 0].map((depth) => ['succeeded', { depth }]),
    ]);
    expect(children.map(({ parent }) => parent)).toEqual([job.id, children[0]?.id, children[1]?.id]);
    expect(jobs.result('totals', 'acme')).toMatchObject({ counters: { runs: 4 }, contributions: 4 });
    expect(jobs.queue).toEqual([]);
  });

  it('of one key are enqueued once, by whichever job', async () => {
    const keyed = defineJob({
      ...{ name: 'keyed', input },
      groups: [{ name: 'only', steps: [(ctx) => void ctx.enqueue(child, { depth: 0 }, { key: 'k' })] }],
    });
    const jobs = new JobsInMemory([keyed, child]);
    await jobs.run(keyed, { failures: 0 });
    await jobs.run(keyed, { failures: 0 });
    await jobs.run(keyed, { failures: 0 }, { tenant: 'acme' });
    expect(jobs.queue.map(({ tenant }) => tenant)).toEqual([null, 'acme']);
  });

  it('wait for a decision where a group must not be repeated', async () => {
    const seen: number[] = [];
    const type = once(new Error('reset'), seen);
    const jobs = new JobsInMemory([type]);
    const job = await jobs.run(type, { failures: 2 });
    expect(statuses(job)).toEqual(['uncertain', 'uncertain', 'waiting']);
    await job.decide('retry');
    expect(statuses(job)).toEqual(['uncertain', 'uncertain', 'waiting']);
    await job.decide('skip');
    expect(statuses(job)).toEqual(['succeeded', 'skipped', 'succeeded']);
    expect(seen).toEqual([1, 1]);
    await expect(job.decide('skip')).rejects.toThrow('is uncertain: it is succeeded');
  });

  it('fail at once where a step says that no other try will do', async () => {
    const type = once(new FinalError('no such account'));
    const job = await new JobsInMemory([type]).run(type, { failures: 1 });
    expect(statuses(job)).toEqual(['failed', 'failed', 'dropped']);
    expect(job.groups[0]?.error).toBe('no such account');
  });

  it('are killed at their time, with the token fired and nothing begun after', async () => {
    const seen: string[] = [];
    const type = defineJob({
      ...{ name: 'endless', input },
      groups: [
        {
          name: 'waits',
          retry: 'none',
          steps: [
            ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
            () => void seen.push('next step'),
          ],
        },
        { name: 'after', steps: [() => void seen.push('next group')] },
      ],
    });
    const job = await new JobsInMemory([type]).run(type, { failures: 0 }, { killAtMs: Date.now() + 20 });
    expect(statuses(job)).toEqual(['killed', 'uncertain', 'dropped']);
    expect(seen).toEqual([]);
  });

  it('are killed at once where the next try would be after that', async () => {
    const type = defineJob({
      ...{ name: 'busy', input, killAfterMs: HOUR },
      groups: [{ name: 'only', steps: [() => Promise.reject(new RetryAfterError('busy', HOUR))] }],
    });
    const job = await new JobsInMemory([type]).run(type, { failures: 0 });
    expect(statuses(job)).toEqual(['killed', 'dropped']);
    expect(job.groups[0]).toMatchObject({ tries: 1, error: 'busy' });
  });

  it('try again after a time-out', async () => {
    const type = defineJob({
      ...{ name: 'slow', input, data: () => ({ tries: 0 }) },
      groups: [
        {
          ...{ name: 'only', timeoutMs: 20 },
          steps: [
            async (ctx) => {
              ctx.data.tries = ctx.tryNumber;
              if (ctx.tryNumber > 1) return;
              await new Promise<void>((resolve) => ctx.signal.addEventListener('abort', () => resolve()));
            },
          ],
        },
      ],
    });
    const job = await new JobsInMemory([type]).run(type, { failures: 0 });
    expect(job).toMatchObject({ status: 'succeeded', data: { tries: 2 } });
  });

  it('can be canceled', async () => {
    const controller = new AbortController();
    const type = defineJob({
      ...{ name: 'canceled', input },
      groups: [
        { name: 'first', steps: [() => controller.abort()] },
        { name: 'second', steps: [() => undefined] },
      ],
    });
    const job = await new JobsInMemory([type]).run(type, { failures: 0 }, { signal: controller.signal });
    expect(statuses(job)).toEqual(['canceled', 'dropped', 'dropped']);
  });

  it('get from group to group what the engine can keep, and no more', async () => {
    const type = defineJob({
      ...{ name: 'dates', input, data: (): { at: unknown; type?: string } => ({ at: undefined }) },
      groups: [
        { name: 'writes', steps: [({ data }) => void (data.at = new Date(0))] },
        { name: 'reads', steps: [({ data }) => void (data.type = typeof data.at)] },
      ],
    });
    const job = await new JobsInMemory([type]).run(type, { failures: 0 });
    expect(job.data).toEqual({ at: '1970-01-01T00:00:00.000Z', type: 'string' });
  });

  it('lock what they share, also where they run side by side', async () => {
    const order: string[] = [];
    const tokens: number[] = [];
    const type = defineJob({
      ...{ name: 'locked', input },
      groups: [
        {
          name: 'only',
          steps: [
            (ctx) =>
              ctx.withLock('crm', async ({ fencingToken }) => {
                tokens.push(fencingToken);
                order.push('in');
                await new Promise((resolve) => setImmediate(resolve));
                order.push('out');
              }),
          ],
        },
      ],
    });
    const jobs = new JobsInMemory([type]);
    await Promise.all([1, 2, 3].map(() => jobs.run(type, { failures: 0 }, { tenant: 'acme' })));
    expect(order).toEqual(['in', 'out', 'in', 'out', 'in', 'out']);
    expect(tokens).toEqual([1, 2, 3]);
  });

  it('use what the test gives them in place of the world, and say what it has not given', async () => {
    const type = defineJob({
      ...{ name: 'calls', input, data: () => ({ answer: '' }) },
      groups: [
        {
          ...{ name: 'only', retry: { maxAttempts: 1 } },
          steps: [
            async (ctx) => {
              ctx.data.answer = (await ctx.call({ url: 'http://example.com/' })).text;
            },
          ],
        },
        { name: 'score', activity: 'score', taskQueue: 'python', retry: { maxAttempts: 1 } },
      ],
    });
    const call = () => Promise.resolve({ statusCode: 200, headers: {}, text: 'hello' });
    const activities = { score: () => Promise.resolve({ data: { answer: 'scored' } }) };
    const job = await new JobsInMemory([type], { call, activities }).run(type, { failures: 0 });
    expect(job).toMatchObject({ status: 'succeeded', data: { answer: 'scored' } });
    const bare = await new JobsInMemory([type]).run(type, { failures: 0 });
    expect(bare.groups[0]?.error).toBe('the step needs call, which the test has not given');
  });

  it('are uncertain where an activity that must not be repeated leaves behind what the worker would refuse', async () => {
    const type = defineJob({
      ...{ name: 'other-language', input },
      groups: [{ name: 'score', activity: 'score', taskQueue: 'python', retry: 'none' }],
    });
    const children = [{ type: 'child', tenant: null, input: { depth: -1 } }];
    const jobs = new JobsInMemory([type, child], {
      activities: { score: () => Promise.resolve({ children }) },
    });
    const job = await jobs.run(type, { failures: 0 });
    expect(statuses(job)).toEqual(['uncertain', 'uncertain']);
    expect(job.groups[0]?.error).toBe('input of child: depth must be >= 0');
    expect(jobs.queue).toEqual([]);
  });

  it('are not begun with an input that the API would refuse', async () => {
    const run = new JobsInMemory([failing]).run(failing, { failures: -1 });
    await expect(run).rejects.toThrow('input of failing: failures must be >= 0');
  });
});
