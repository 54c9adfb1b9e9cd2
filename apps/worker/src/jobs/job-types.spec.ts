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
