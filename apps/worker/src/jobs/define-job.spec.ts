import { describe, expect, it } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { defineJob, InvalidJobType } from './define-job.js';
import type { JobDefinition } from './define-job.js';
import { assertValid, compileSchema } from './input.js';

const step = () => undefined;
const input = Type.Object({ count: Type.Integer() }, { additionalProperties: false });
type Definition = JobDefinition<typeof input, undefined>;

const define = (more: Partial<Definition>) =>
  defineJob({ name: 'a-job', input, groups: [{ name: 'first', steps: [step] }], ...more });

describe('a job type', () => {
  it('has the defaults that are promised where nothing else is said', () => {
    expect(define({}).record).toEqual({
      ...{ type: 'a-job', description: undefined, inputSchema: input, killAfterMs: 86_400_000 },
      ...{ showsData: false, alerts: undefined, warnBeforeMs: undefined },
      groups: [
        {
          ...{ name: 'first', timeoutMs: 60_000, heartbeatTimeoutMs: 10_000, taskQueue: undefined },
          retry: { maxAttempts: 5, initialDelayMs: 1_000, factor: 2, maxDelayMs: 300_000 },
        },
      ],
    });
  });

  it('keeps of its retry plan what is said and fills in the rest', () => {
    const { record } = define({ groups: [{ name: 'first', steps: [step], retry: { maxAttempts: 2 } }] });
    expect(record.groups[0]?.retry).toEqual({
      ...{ maxAttempts: 2, initialDelayMs: 1_000, factor: 2, maxDelayMs: 300_000 },
    });
  });

  it('can be written down as JSON, with groups that other workers serve among its own', () => {
    const activity = { name: 'score', activity: 'scoreUsers', taskQueue: 'python', retry: 'none' as const };
    const type = define({ groups: [{ name: 'first', steps: [step] }, activity] });
    expect(JSON.parse(JSON.stringify(type.record))).toMatchObject({
      inputSchema: { type: 'object', required: ['count'] },
      groups: [
        { name: 'first' },
        { name: 'score', activity: 'scoreUsers', taskQueue: 'python', retry: 'none' },
      ],
    });
    expect([...type.groups.keys()]).toEqual(['first']);
  });

  it('may have an input with an $id, also one that another has', () => {
    const withId = () => define({ input: { ...input, $id: 'count' } });
    const types = [withId(), withId()];
    for (const type of types) {
      expect(() => assertValid(compileSchema(type.input), { count: 1 }, 'input')).not.toThrow();
    }
  });

  const group = (more: object) => ({ groups: [{ name: 'first', steps: [step], ...more }] });
  it.each<[string, Partial<Definition>, string]>([
    ['without a usable name', { name: 'a job' }, 'its name must be 1 to 64 letters'],
    ['without groups', { groups: [] }, 'must have 1 to 2000 groups'],
    [
      'on a task queue of ours',
      group({ taskQueue: 'timers' }),
      'taskQueue of group first must not be timers',
    ],
    ['on a task queue without a name', group({ taskQueue: '' }), 'taskQueue of group first must be 1 to 200'],
    ['on a task queue with a null', group({ taskQueue: 'a\0' }), 'taskQueue of group first must be 1 to 200'],
    ['with a field that nobody knows', group({ retires: 'none' }), 'group first has unknown fields: retires'],
    [
      'with such a field of its retry plan',
      group({ retry: { maxAtempts: 2 } }),
      'unknown fields: maxAtempts',
    ],
    ['without steps', group({ steps: [] }), 'group first must have at least one step'],
    ['with a group without a usable name', group({ name: '' }), '"" is no name of a group'],
    [
      'with two groups of one name',
      { groups: [...group({}).groups, ...group({}).groups] },
      'two groups are called first',
    ],
    ['with a time-out of nothing', group({ timeoutMs: 0 }), 'timeoutMs of group first must be more than 0'],
    ['with a time-out of more than a day', group({ timeoutMs: 86_400_001 }), 'at most a day, got 86400001'],
    ['that is killed when it begins', { killAfterMs: 0 }, 'more than 0 and at most ten years, got 0'],
    ['that is killed at no time', { killAfterMs: NaN }, 'more than 0 and at most ten years, got NaN'],
    ['that is never killed', { killAfterMs: Infinity }, 'at most ten years, got Infinity'],
    ['that is killed in 200 years', { killAfterMs: 200 * 365 * 86_400_000 }, 'at most ten years'],
    ['that warns after it was killed', { warnBeforeMs: -1 }, 'warnBeforeMs must be from 0'],
    ['that warns before it begins', { warnBeforeMs: 86_400_000 }, 'less than killAfterMs, got 86400000'],
    [
      'whose group must be heard of at no time',
      { groups: [{ name: 'first', activity: 'score', taskQueue: 'python', heartbeatTimeoutMs: -1 }] },
      'heartbeatTimeoutMs of group first must be more than 0',
    ],
    ['whose delays explode', group({ retry: { factor: Infinity } }), 'a factor from 1 to 1000'],
    ['that waits for ever', group({ retry: { maxDelayMs: Infinity } }), 'delays from 0 to ten years'],
    ['that begins to wait for ever', group({ retry: { initialDelayMs: Infinity } }), 'to ten years'],
    ['that counts further than the engine', group({ retry: { maxAttempts: 2 ** 31 } }), 'retry of group'],
    [
      'that makes no try',
      group({ retry: { maxAttempts: 0 } }),
      'retry of group first must have maxAttempts from 1',
    ],
    ['that makes half a try', group({ retry: { maxAttempts: 1.5 } }), 'retry of group first'],
    ['that tries again before it has tried', group({ retry: { initialDelayMs: -1 } }), 'delays from 0'],
    ['whose delays shrink', group({ retry: { factor: 0.5 } }), 'a factor from 1'],
    ['that is to be tried "never"', group({ retry: 'never' as never }), "or be 'none'"],
    [
      'whose alerts go nowhere',
      { alerts: { webhooks: ['x'] } },
      'a webhook of its alerts must be an absolute',
    ],
    ['whose alerts go to nobody', { alerts: { emails: ['y'] } }, '"y" of its alerts is no e-mail address'],
    ['whose input is no JSON Schema', { input: { type: 'text' } as never }, 'its input is no JSON Schema'],
  ])('%s is refused, and it is said why', (_what, more, message) => {
    expect(() => define(more)).toThrow(InvalidJobType);
    expect(() => define(more)).toThrow(message);
  });

  it('is named in what is said of it', () => {
    expect(() => define({ groups: [] })).toThrow('job type a-job: must have');
  });
});
