import { describe, expect, it } from '@jest/globals';
import { MAX_SHOWN_CHILDREN, MAX_SHOWN_RESULTS } from '#contracts/job.js';
import type { JobState } from '#contracts/job.js';
import type { GroupPlan, JobPlan } from '#contracts/job-plan.js';
import { JobRun } from './job-run.js';

const T0 = 1_800_000_000_000;
const group = (name: string): GroupPlan => ({ name, timeoutMs: 1_000, retry: 'none' });
const plan: JobPlan = { type: 'a-job', groups: ['a', 'b', 'c'].map(group), showsData: false };
const start = (more: { state?: JobState; startAtMs?: number } = {}) => new JobRun({ plan, ...more }, T0);
const statuses = ({ state }: JobRun) => [state.status, ...state.groups.map(({ status }) => status)];

/** Up to the group, which is begun. */
function begun(index: number): JobRun {
  const run = start();
  for (let at = 0; at < index; at++) {
    run.begin(at, T0 + at);
    run.succeed(at, {}, T0 + at);
  }
  run.begin(index, T0 + index);
  return run;
}

describe('the run of a job', () => {
  it('is scheduled before its start, and begins with its first group', () => {
    const run = start({ startAtMs: T0 + 1 });
    expect(statuses(run)).toEqual(['scheduled', 'waiting', 'waiting', 'waiting']);
    expect(start({ startAtMs: T0 }).state.status).toBe('running');
    run.begin(0, T0 + 1);
    expect(statuses(run)).toEqual(['running', 'running', 'waiting', 'waiting']);
    expect(run.state.groups[0]).toEqual({ status: 'running', tries: 0, queuedMs: T0 + 1 });
  });

  it('goes from group to group, and has succeeded with the last', () => {
    const run = begun(2);
    run.succeed(2, { tries: 3, startedMs: T0 + 3, data: { page: 1 } }, T0 + 4);
    expect(statuses(run)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded']);
    expect(run.state).toMatchObject({ data: { page: 1 }, endedMs: T0 + 4 });
    expect(run.state.groups[2]).toMatchObject({
      ...{ tries: 3, queuedMs: T0 + 2, startedMs: T0 + 3, endedMs: T0 + 4 },
    });
    expect([run.over, run.next]).toEqual([true, undefined]);
  });

  it('keeps the data of the last group that has written some', () => {
    const run = begun(0);
    run.succeed(0, { data: 'first' }, T0);
    run.begin(1, T0);
    run.succeed(1, {}, T0);
    expect(run.state.data).toBe('first');
  });

  it('ends with a group that has failed, and drops what comes after', () => {
    const run = begun(1);
    run.fail(1, { status: 'failed', tries: 5, begun: true, error: 'broken' }, T0 + 9);
    expect(statuses(run)).toEqual(['failed', 'succeeded', 'failed', 'dropped']);
    expect(run.state.groups[1]).toMatchObject({ tries: 5, error: 'broken', endedMs: T0 + 9 });
    expect(run.state.endedMs).toBe(T0 + 9);
  });

  it.each(['canceled', 'killed'] as const)('that is %s drops the group that ran', (status) => {
    const run = begun(1);
    run.fail(1, { status, tries: 0, begun: false }, T0);
    expect(statuses(run)).toEqual([status, 'succeeded', 'dropped', 'dropped']);
  });

  it.each(['canceled', 'killed'] as const)(
    'that is %s does not know how far a group came that had begun and must not be repeated',
    (status) => {
      const run = begun(1);
      run.fail(1, { status, tries: 1, begun: true }, T0);
      expect(statuses(run)).toEqual([status, 'succeeded', 'uncertain', 'dropped']);
      expect([run.over, run.next, run.decide(1, 'retry', T0)]).toEqual([true, undefined, false]);
    },
  );

  it('waits for a person where a group is uncertain, and begins nothing meanwhile', () => {
    const run = begun(1);
    run.fail(1, { status: 'uncertain', tries: 1, begun: true }, T0);
    expect(statuses(run)).toEqual(['uncertain', 'succeeded', 'uncertain', 'waiting']);
    expect([run.over, run.next, run.uncertain]).toEqual([false, undefined, 1]);
  });

  it('runs an uncertain group again, or goes on behind it, as the person decides', () => {
    const retried = begun(1);
    retried.fail(1, { status: 'uncertain', tries: 1, begun: true }, T0);
    expect(retried.decide(1, 'retry', T0)).toBe(true);
    expect([retried.state.status, retried.next, retried.uncertain]).toEqual(['running', 1, undefined]);

    const skipped = begun(1);
    skipped.fail(1, { status: 'uncertain', tries: 1, begun: true }, T0);
    expect(skipped.decide(1, 'skip', T0)).toBe(true);
    expect([skipped.state.groups[1]?.status, skipped.next]).toEqual(['skipped', 2]);
  });

  it('has succeeded when its last group is skipped', () => {
    const run = begun(2);
    run.fail(2, { status: 'uncertain', tries: 1, begun: true }, T0);
    run.decide(2, 'skip', T0 + 7);
    expect(statuses(run)).toEqual(['succeeded', 'succeeded', 'succeeded', 'skipped']);
    expect(run.state.endedMs).toBe(T0 + 7);
  });

  it('takes no decision on what is not uncertain, twice, or after its end', () => {
    const run = begun(1);
    expect(run.decide(1, 'skip', T0)).toBe(false);
    expect(run.decide(7, 'skip', T0)).toBe(false);
    run.fail(1, { status: 'uncertain', tries: 1, begun: true }, T0);
    expect(run.decide(0, 'retry', T0)).toBe(false);
    run.end('killed', T0);
    expect(run.decide(1, 'retry', T0)).toBe(false);
    expect(statuses(run)).toEqual(['killed', 'succeeded', 'uncertain', 'dropped']);
  });

  it('ends once', () => {
    const run = begun(0);
    run.end('canceled', T0 + 1);
    run.end('killed', T0 + 2);
    expect([run.state.status, run.state.endedMs]).toEqual(['canceled', T0 + 1]);
  });

  it('begins a group anew that its worker has given back, and tells why it waits', () => {
    const run = begun(1);
    run.wait(1, { tries: 0, error: 'this worker has no job type a-job' });
    expect(run.state.groups[1]).toMatchObject({
      status: 'running',
      error: 'this worker has no job type a-job',
    });
    expect(run.next).toBe(1);
    run.begin(1, T0 + 50);
    expect(run.state.groups[1]).toEqual({ status: 'running', tries: 0, queuedMs: T0 + 50 });
  });

  it('counts on after the tries that had ended when a worker gave the group back, and anew when a person decides', () => {
    const run = begun(1);
    run.wait(1, { tries: 2 });
    run.begin(1, T0 + 50);
    expect(run.state.groups[1]?.tries).toBe(2);
    run.fail(1, { status: 'uncertain', tries: 1, begun: true }, T0 + 60);
    expect(run.state.groups[1]?.tries).toBe(3);
    run.decide(1, 'retry', T0 + 70);
    run.begin(1, T0 + 80);
    run.succeed(1, { tries: 1 }, T0 + 90);
    expect(run.state.groups[1]?.tries).toBe(1);
  });

  it('names each result once, and counts all children though it shows the first', () => {
    const run = begun(1);
    const contributions = [{ result: 'totals' }, { result: 'other' }];
    run.addChildren({ count: 3, ids: ['a', 'b', 'c'] });
    run.succeed(1, { contributions }, T0);
    const ids = Array.from({ length: MAX_SHOWN_CHILDREN }, (_, i) => `${i}`);
    run.addChildren({ count: 5_000, ids });
    run.begin(2, T0);
    run.succeed(2, { contributions: [{ result: 'totals' }] }, T0);
    expect(run.state.results).toEqual(['totals', 'other']);
    expect(run.state.children).toBe(5_003);
    expect(run.state.childIds).toEqual(['a', 'b', 'c', ...ids.slice(0, MAX_SHOWN_CHILDREN - 3)]);
  });

  it('names the first results only, however many it adds to', () => {
    const run = begun(0);
    const contributions = Array.from({ length: 2 * MAX_SHOWN_RESULTS }, (_, i) => ({ result: `r${i}` }));
    run.succeed(0, { contributions }, T0);
    expect(run.state.results).toEqual(contributions.slice(0, MAX_SHOWN_RESULTS).map(({ result }) => result));
  });
});
