import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { DrizzleQueryError } from 'drizzle-orm/errors';
import { FinalError, RetryAfterError } from '../../jobs/errors.js';
import { InvalidInput } from '../../jobs/input.js';
import { UnknownJobType } from '../../jobs/job-types.js';
import { groupFailure, NotConfirmed } from './group-failure.js';
import { GroupStopped } from './group-signal.js';

const told = { tries: 2, startedMs: 7 };
const failure = (error: unknown) => groupFailure(error, told) as ApplicationFailure;

describe('what the engine is told of a try that did not end well', () => {
  it('is the error of the step, after which it makes another try', () => {
    expect(failure(new TypeError('broken'))).toMatchObject({
      ...{ message: 'broken', type: 'TypeError', nonRetryable: false, details: [told] },
    });
    expect(failure('just a text')).toMatchObject({ message: 'just a text', nonRetryable: false });
  });

  it('does not have the values of a query in it: everybody reads it who may read the job', () => {
    const error = new DrizzleQueryError('INSERT INTO a VALUES ($1)', ['secret'], new Error('duplicate key'));
    expect(failure(error).message).toBe('duplicate key');
  });

  it('is cut where it is long: history is not for it', () => {
    expect(failure(new Error('x'.repeat(5_000))).message).toHaveLength(1_000);
    expect(failure(new FinalError('x'.repeat(5_000))).message).toHaveLength(1_000);
  });

  it('has no half of a character in it, wherever that was cut: it would end the worker', () => {
    const half = '😀'.slice(0, 1);
    expect(failure(new Error(`Ada ${half}`)).message).toBe('Ada \uFFFD');
    expect(failure(new FinalError(`Ada ${half} 😀`)).message).toBe('Ada \uFFFD 😀');
    expect(failure(new Error('x'.repeat(999) + '😀')).message).toBe(`${'x'.repeat(999)}\uFFFD`);
    expect(failure(Object.assign(new Error('broken'), { name: half })).type).toBe('\uFFFD');
  });

  it('is to try again at once, where the step says so', () => {
    expect(failure(new RetryAfterError('busy', 0)).nextRetryDelay).toBe(1);
  });

  it('is when to try again, where the step says it', () => {
    expect(failure(new RetryAfterError('busy', 5_000))).toMatchObject({
      ...{ nextRetryDelay: 5_000, nonRetryable: false },
    });
  });

  it.each([NaN, Infinity, -1])('is no time that is none: the error of the step says so (%p)', (delayMs) => {
    const busy = () => new RetryAfterError('busy', delayMs);
    expect(busy).toThrow(`delayMs of "busy" must be from 0 to 31536000000, got ${delayMs}`);
  });

  it('is that no other try will do, and whether the step said so or asked for what can not be', () => {
    for (const [error, type] of [
      [new FinalError('no use'), 'FinalError'],
      [new InvalidInput('no use'), 'GroupRefused'],
    ] as const)
      expect(failure(error)).toMatchObject({ type, nonRetryable: true, details: [told] });
  });

  it('is that nothing was run where the engine did not confirm that it is to be', () => {
    expect(failure(new NotConfirmed('away'))).toMatchObject({
      ...{ type: 'GroupUnknown', nonRetryable: true, details: [{ ...told, pauseMs: 1_000 }] },
    });
  });

  it('is that the group was called off', () => {
    expect(groupFailure(new GroupStopped('canceled'), told)).toBeInstanceOf(CancelledFailure);
  });

  it('is that the job was killed, so that nothing is begun after', () => {
    expect(failure(new GroupStopped('kill'))).toMatchObject({ type: 'GroupKilled', nonRetryable: true });
  });

  it('is another try where its time was over', () => {
    expect(failure(new GroupStopped('time-out'))).toMatchObject({ nonRetryable: false });
  });

  it('is that the try does not count, where the worker goes or has not got the job type', () => {
    expect(failure(new GroupStopped('shutdown'))).toMatchObject({
      ...{ type: 'GroupReturned', nonRetryable: true, details: [{ ...told, pauseMs: 0 }] },
    });
    expect(failure(new UnknownJobType('not here'))).toMatchObject({
      ...{ type: 'GroupUnknown', nonRetryable: true, details: [{ ...told, pauseMs: 10_000 }] },
    });
  });
});
