import { describe, expect, it } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { defineJob } from './define-job.js';
import { JobTypes, UnknownJobType } from './job-types.js';

const jobType = (name: string, groups: { taskQueue?: string; activity?: string }[] = [{}]) =>
  defineJob({
    ...{ name, input: Type.Object({}) },
    groups: groups.map(({ taskQueue = 'python', activity, ...rest }, index) =>
      activity
        ? { name: `g${index}`, activity, taskQueue }
        : {
            name: `g${index}`,
            steps: [() => undefined],
            ...rest,
            ...(taskQueue !== 'python' && { taskQueue }),
          },
    ),
  });

describe('the job types of a worker', () => {
  it('are found by name, and one that it does not have may be another worker’s', () => {
    const types = new JobTypes([jobType('a'), jobType('b')]);
    expect(types.get('b').name).toBe('b');
    expect(() => types.get('c')).toThrow(UnknownJobType);
    expect(() => types.get('c')).toThrow('this worker has no job type c');
  });

  it('let no job live longer than the horizon', () => {
    const types = [jobType('a'), jobType('b')];
    const lives = (horizonMs?: number) =>
      new JobTypes(types, horizonMs).all.map(({ record }) => record.killAfterMs);
    expect(lives()).toEqual([86_400_000, 86_400_000]);
    expect(lives(3_600_000)).toEqual([3_600_000, 3_600_000]);
    expect(lives(90_000_000)).toEqual([86_400_000, 86_400_000]);
  });

  it('of one name are refused', () => {
    expect(() => new JobTypes([jobType('a'), jobType('a')])).toThrow('two job types are called a');
  });

  it('name the task queues that it must serve, each once, without those of other languages', () => {
    const groups = [
      { taskQueue: 'crm' },
      {},
      { taskQueue: 'mail' },
      { taskQueue: 'crm' },
      { activity: 'score' },
    ];
    expect(new JobTypes([jobType('a', groups), jobType('b', [{ taskQueue: 'crm' }])]).taskQueues).toEqual([
      ...['crm', 'mail'],
    ]);
  });
});
