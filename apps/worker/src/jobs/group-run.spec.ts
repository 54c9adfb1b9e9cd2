import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import type { GroupTask } from '#contracts/job.js';
import { defineJob } from './define-job.js';
import { runGroup } from './group-run.js';
import type { StepTools } from './group-run.js';
import { UnknownJobType } from './job-types.js';
import type { Step } from './step-context.js';

interface Data {
  seen: string[];
}
type AnyStep = Step<Record<string, never>, Data>;

const tools: StepTools = {
  get database(): never {
    throw new Error('no database');
  },
  call: ({ url }, signal) =>
    Promise.resolve({ statusCode: signal.aborted ? 0 : 200, headers: {}, text: url }),
  withLock: (tenant, resource, fn, signal) => fn({ fencingToken: `${tenant} ${resource}`.length, signal }),
};

const typeOf = (...steps: AnyStep[]) =>
  defineJob({
    ...{ name: 'a-job', input: Type.Object({}), data: (): Data => ({ seen: ['start'] }) },
    groups: [{ name: 'first', steps }],
  });

const task = (more: Partial<GroupTask> = {}): GroupTask => ({
  ...{
    job: { id: 'j', tenant: 'acme', type: 'a-job' },
    group: 'first',
    index: 3,
    input: {},
    timeoutMs: 1,
    retry: 'none',
    killAtMs: 0,
  },
  ...more,
});

function run(steps: AnyStep[], more: Partial<GroupTask> = {}, signal = new AbortController().signal) {
  return runGroup(typeOf(...steps), task(more), { tools, signal, tryNumber: 2 });
}

const see =
  (what: string): AnyStep =>
  ({ data }) =>
    void data.seen.push(what);

describe('a try of a group', () => {
  it('runs its steps in order, each with what those before it have written', async () => {
    const slow: AnyStep = async (context) => {
      await sleep(5);
      context.data = { seen: [...context.data.seen, 'slow'] };
    };
    expect(await run([see('a'), slow, see('b')])).toEqual({ data: { seen: ['start', 'a', 'slow', 'b'] } });
  });

  it('goes on with what groups before have written', async () => {
    expect(await run([see('a')], { data: { seen: ['before'] } })).toEqual({
      data: { seen: ['before', 'a'] },
    });
  });

  it('that throws leaves what was written before as it was, for the next try', async () => {
    const data: Data = { seen: ['before'] };
    const fails = () => Promise.reject(new Error('broken'));
    await expect(run([see('a'), fails, see('b')], { data })).rejects.toThrow('broken');
    expect(data).toEqual({ seen: ['before'] });
  });

  it('tells steps who they are, and gives them the tools', async () => {
    const told: unknown[] = [];
    await run([
      async (context) => {
        const { job, group, tryNumber, idempotencyKey } = context;
        const { text } = await context.call({ url: 'http://example.com/' });
        const token = await context.withLock('crm', ({ fencingToken }) => Promise.resolve(fencingToken));
        told.push(job.tenant, group, tryNumber, idempotencyKey, text, token);
      },
    ]);
    expect(told).toEqual(['acme', 'first', 2, 'j:3', 'http://example.com/', 'acme crm'.length]);
  });

  it('needs no database where no step asks for one', async () => {
    await expect(run([() => undefined])).resolves.toBeDefined();
    await expect(run([({ database }) => void database])).rejects.toThrow('no database');
  });

  it('begins no step after its signal has fired, and leaves nothing', async () => {
    const controller = new AbortController();
    const ran: string[] = [];
    const stops: AnyStep = () => controller.abort(new Error('stopped'));
    const next: AnyStep = () => void ran.push('next');
    await expect(run([stops, next], {}, controller.signal)).rejects.toThrow('stopped');
    await expect(run([next], {}, controller.signal)).rejects.toThrow('stopped');
    expect(ran).toEqual([]);
  });

  it('leaves nothing if the signal fires while its last step runs, though that ends well', async () => {
    const controller = new AbortController();
    const last: AnyStep = async () => {
      controller.abort(new Error('stopped'));
      await sleep(5);
    };
    await expect(run([last], {}, controller.signal)).rejects.toThrow('stopped');
  });

  it('is another worker’s where this one does not have the group', async () => {
    await expect(run([() => undefined], { group: 'second' })).rejects.toThrow(UnknownJobType);
  });
});
