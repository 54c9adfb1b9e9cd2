import { describe, expect, it } from '@jest/globals';
import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';
import type { RetryState, TimeoutType } from '@temporalio/common';
import {
  FINAL_FAILURE,
  KILLED_FAILURE,
  REFUSED_FAILURE,
  RETURNED_FAILURE,
  UNKNOWN_FAILURE,
} from '#contracts/job.js';
import type { GroupPlan } from '#contracts/job-plan.js';
import { groupEnd } from './group-end.js';

const retry = { maxAttempts: 4, initialDelayMs: 1, factor: 1, maxDelayMs: 1 };
const group: GroupPlan = { name: 'first', timeoutMs: 1_000, retry };
const once: GroupPlan = { ...group, retry: 'none' };

const failed = (cause: Error, state: RetryState = 'MAXIMUM_ATTEMPTS_REACHED') =>
  new ActivityFailure('failed', 'runGroup', '1', state, 'worker', cause);
const thrown = (type = 'Error', more: object = {}) =>
  ApplicationFailure.create({ message: 'broken', type, details: [{ tries: 2, startedMs: 7, ...more }] });
const timedOut = (type: TimeoutType) => new TimeoutFailure('timed out', undefined, type);

describe('a group that did not end well', () => {
  it('has failed when its last try has, and tells of it', () => {
    expect(groupEnd(failed(thrown()), group)).toEqual({
      ...{ status: 'failed', tries: 2, startedMs: 7, begun: true, error: 'broken' },
    });
  });

  it.each<[string, Error, RetryState]>([
    ['threw', thrown(), 'MAXIMUM_ATTEMPTS_REACHED'],
    ['was lost with its worker', timedOut('HEARTBEAT'), 'MAXIMUM_ATTEMPTS_REACHED'],
    ['took too long', timedOut('START_TO_CLOSE'), 'MAXIMUM_ATTEMPTS_REACHED'],
  ])('is uncertain if it must not be repeated and %s', (_what, cause, state) => {
    expect(groupEnd(failed(cause, state), once).status).toBe('uncertain');
    expect(groupEnd(failed(cause, state), group).status).toBe('failed');
  });

  it('has failed at once where its step said that no try will do', () => {
    const final = failed(thrown('FinalError'), 'NON_RETRYABLE_FAILURE');
    expect(groupEnd(final, once).status).toBe('failed');
    expect(groupEnd(final, group).status).toBe('failed');
  });

  it('has failed where it asked for what can not be, and is uncertain if it must not be repeated: its steps had run', () => {
    const refused = failed(thrown(REFUSED_FAILURE), 'NON_RETRYABLE_FAILURE');
    expect(groupEnd(refused, group).status).toBe('failed');
    expect(groupEnd(refused, once).status).toBe('uncertain');
  });

  it('tells of one try at least where its worker was lost, whatever the engine says about others', () => {
    const lost = failed(timedOut('HEARTBEAT'), 'NON_RETRYABLE_FAILURE');
    expect(groupEnd(lost, once)).toMatchObject({ status: 'uncertain', tries: 1, begun: true });
    expect(groupEnd(lost, group)).toMatchObject({ tries: 1 });
  });

  it('tells of a lost last try as the last of those that were left when a worker gave the group back', () => {
    expect(groupEnd(failed(timedOut('HEARTBEAT')), group, { triesBefore: 3 })).toMatchObject({ tries: 1 });
    expect(groupEnd(failed(timedOut('HEARTBEAT')), group)).toMatchObject({ tries: 4 });
  });

  it('tells of its error no more than a job can carry along', () => {
    const long = failed(ApplicationFailure.create({ message: 'x'.repeat(5_000) }));
    expect(groupEnd(long, group).error).toBe('x'.repeat(1_000));
  });

  it('is late where the next try would be after the end of the job', () => {
    expect(groupEnd(failed(thrown(), 'TIMEOUT'), group).status).toBe('late');
  });

  it('is killed at the end of the job, whether its worker tells it or the engine', () => {
    for (const each of [group, once]) {
      expect(groupEnd(failed(thrown(KILLED_FAILURE), 'NON_RETRYABLE_FAILURE'), each).status).toBe('killed');
      expect(groupEnd(failed(timedOut('SCHEDULE_TO_CLOSE'), 'TIMEOUT'), each).status).toBe('killed');
      expect(groupEnd(failed(timedOut('SCHEDULE_TO_START'), 'TIMEOUT'), each).status).toBe('killed');
    }
  });

  it('that the engine has ended tells of the tries that its worker told of while it ran', () => {
    const killed = new TimeoutFailure('timed out', { tries: 2, startedMs: 7 }, 'SCHEDULE_TO_CLOSE');
    expect(groupEnd(failed(killed, 'TIMEOUT'), group)).toMatchObject({
      status: 'killed',
      tries: 2,
      startedMs: 7,
    });
    const odd = new TimeoutFailure('timed out', 'half way', 'SCHEDULE_TO_CLOSE');
    expect(groupEnd(failed(odd, 'TIMEOUT'), group)).toMatchObject({ status: 'killed', tries: 0 });
    const lost = new TimeoutFailure('timed out', { tries: 3, startedMs: 7 }, 'HEARTBEAT');
    expect(groupEnd(failed(lost), group)).toMatchObject({ tries: 4, startedMs: 7 });
  });

  it('is to be queued again where its worker has given it back', () => {
    const returned = failed(thrown(RETURNED_FAILURE, { pauseMs: 5 }), 'NON_RETRYABLE_FAILURE');
    expect(groupEnd(returned, group)).toMatchObject({ status: 'returned', pauseMs: 5 });
    // It had begun.
    expect(groupEnd(returned, once).status).toBe('uncertain');
  });

  it('is to be queued again where its worker has not got it, even if it must not be repeated', () => {
    const unknown = failed(thrown(UNKNOWN_FAILURE, { pauseMs: 5 }), 'NON_RETRYABLE_FAILURE');
    for (const each of [group, once])
      expect(groupEnd(unknown, each)).toMatchObject({ status: 'returned', pauseMs: 5, begun: false });
  });

  it('is uncertain where what it left behind was refused: its steps have run, and must not again', () => {
    const refusal = ApplicationFailure.nonRetryable('no such type', FINAL_FAILURE);
    const refused = failed(refusal, 'NON_RETRYABLE_FAILURE');
    const outcome = { tries: 2, startedMs: 7 };
    const end = { tries: 2, startedMs: 7, begun: true, error: 'no such type' };
    expect(groupEnd(refused, once, { outcome })).toEqual({ ...end, status: 'uncertain' });
    expect(groupEnd(refused, group, { outcome })).toEqual({ ...end, status: 'failed' });
    expect(groupEnd(refused, once, { outcome: {} })).toMatchObject({ tries: 1, begun: true });
  });

  it.each([
    ['was lost with its worker', timedOut('HEARTBEAT')],
    ['threw', thrown()],
  ])('is canceled with its job where its last try %s', (_what, cause) => {
    for (const each of [group, once]) {
      const end = { status: 'canceled', begun: true, error: 'canceled' };
      expect(groupEnd(failed(cause, 'CANCEL_REQUESTED'), each)).toMatchObject(end);
    }
  });

  it('is canceled with its job, and tells how many tries there were', () => {
    const canceled = new CancelledFailure('canceled', [{ tries: 3, startedMs: 1 }]);
    expect(groupEnd(failed(canceled, 'CANCEL_REQUESTED'), once)).toMatchObject({
      status: 'canceled',
      tries: 3,
    });
    const unbegun = failed(new CancelledFailure('canceled'), 'CANCEL_REQUESTED');
    expect(groupEnd(unbegun, group)).toMatchObject({ status: 'canceled', tries: 0, error: 'canceled' });
  });

  it('has begun unless the engine knows that it was only queued', () => {
    const causes = [
      thrown(),
      timedOut('HEARTBEAT'),
      timedOut('SCHEDULE_TO_CLOSE'),
      timedOut('SCHEDULE_TO_START'),
    ];
    expect(causes.map((cause) => groupEnd(failed(cause), once).begun)).toEqual([true, true, true, false]);
    expect(groupEnd(failed(new CancelledFailure('canceled')), once).begun).toBe(false);
  });

  it('tells in plain words what the engine has seen, and of all tries where no worker could', () => {
    expect(groupEnd(failed(timedOut('HEARTBEAT')), group)).toMatchObject({
      ...{ error: 'its worker was lost', tries: 4 },
    });
    expect(groupEnd(failed(timedOut('START_TO_CLOSE')), once)).toMatchObject({
      ...{ error: 'it took longer than its time limit', tries: 1 },
    });
    expect(groupEnd(failed(timedOut('SCHEDULE_TO_CLOSE'), 'TIMEOUT'), group).error).toBe(
      'the time of the job was over',
    );
  });
});
