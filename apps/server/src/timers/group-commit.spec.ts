import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { decodeTimerId } from '#contracts/timer-id.js';
import type { TimersInput } from '#contracts/timers.js';
import { GroupCommit } from './group-commit.js';
import { GroupStart } from '#timers/group-start.js';
import type { TimersSettings } from './timers.settings.js';

const settings: TimersSettings = {
  horizonMs: 1e12,
  startsInFlight: 4,
  taskQueues: { acme: 'timers-acme' },
  keepsFlows: true,
  bodyLimitBytes: 262_144,
  wheel: { leadMs: 2_000, widthMs: 3_000, requestTimeoutMs: 30_000, retryDelaysMs: [] },
};

/** An engine that stores what is started, or fails as it is told to. */
function commitTo(start: (input: TimersInput) => Promise<void>) {
  const workflow = { start: (_type: string, { args }: { args: [TimersInput] }) => start(args[0]) };
  const withDeadline = (_deadline: number, fn: () => Promise<unknown>) => fn();
  return new GroupCommit(new GroupStart({ workflow, withDeadline } as unknown as Client, settings), settings);
}

const request = { dueMs: 1_800_000_000_000, url: 'http://example.com/' };
const groupKeys = (timers: { id: string }[]) => timers.map(({ id }) => decodeTimerId(id)?.groupKey);

describe('group commit', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('starts a timer that comes alone at once', async () => {
    let started = 0;
    const commit = commitTo(() => Promise.resolve(void started++));
    const adding = commit.add('a', request);
    expect(started).toBe(1);
    expect((await adding).url).toBe(request.url);
  });

  it('puts timers that come while a start is under way into one group, each with an index of its own', async () => {
    const sizes: number[] = [];
    const commit = commitTo(async ({ timers }) => {
      sizes.push(timers.length);
      await sleep(5);
    });
    const timers = await Promise.all(Array.from({ length: 50 }, () => commit.add('a', request)));
    expect(sizes).toEqual([1, 49]);
    expect(new Set(timers.map(({ id }) => id)).size).toBe(50);
    expect(new Set(groupKeys(timers)).size).toBe(2);
  });

  it('never starts more than a hundred timers, or half a megabyte of them, together', async () => {
    const groups: TimersInput['timers'][] = [];
    const commit = commitTo(async ({ timers }) => {
      groups.push(timers);
      await sleep(5);
    });
    const long = { ...request, url: `http://example.com/${'x'.repeat(2_000)}` };
    await Promise.all(Array.from({ length: 500 }, () => commit.add('a', long)));
    expect(Math.max(...groups.map(({ length }) => length))).toBe(100);
    const huge = { ...request, url: `http://example.com/${'x'.repeat(200_000)}` };
    await Promise.all(Array.from({ length: 10 }, () => commit.add('a', huge)));
    expect(Math.max(...groups.map((timers) => JSON.stringify(timers).length))).toBeLessThan(700_000);
  });

  it('starts a group that its bytes have filled beside a start that hangs, as one that a hundred timers have', () => {
    const huge = { ...request, url: `http://example.com/${'x'.repeat(200_000)}` };
    const sizes: number[] = [];
    const commit = commitTo(({ timers }) => {
      sizes.push(timers.length);
      return new Promise(() => undefined);
    });
    for (let i = 0; i < 4; i++) void commit.add('a', huge);
    expect(sizes).toEqual([1, 2]);
  });

  it('does not put the timers of two tenants together', async () => {
    const tenants: string[] = [];
    const commit = commitTo(async ({ tenant }) => {
      tenants.push(tenant);
      await sleep(5);
    });
    await Promise.all(['a', 'b', 'a', 'b'].map((tenant) => commit.add(tenant, request)));
    expect(tenants.sort()).toEqual(['a', 'a', 'b', 'b']);
  });

  it('tells everybody in a group that failed, and goes on with the next', async () => {
    let starts = 0;
    const commit = commitTo(async () => {
      await sleep(5);
      if (++starts === 2) throw new Error('away');
    });
    const first = commit.add('a', request);
    const second = [commit.add('a', request), commit.add('a', request)];
    await first;
    const outcomes = await Promise.allSettled(second);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await commit.add('a', request);
  });

  it('answers those who wait behind a start that hangs within 3 s', async () => {
    let call: () => void = () => undefined;
    const commit = commitTo(
      () => new Promise((_resolve, reject) => (call = () => reject(new Error('deadline')))),
    );
    const first = commit.add('a', request);
    const waiting = commit.add('a', request);
    const realNow = Date.now;
    jest.spyOn(Date, 'now').mockImplementation(() => realNow() + 2_700);
    call();
    await expect(first).rejects.toThrow('deadline');
    await expect(waiting).rejects.toThrow('The timer engine does not answer');
  });

  it('forgets nobody who comes at the very moment when the next start is allowed', async () => {
    const commit = commitTo(() => Promise.resolve());
    const begunMs = performance.now();
    const clock = jest.spyOn(performance, 'now').mockReturnValue(begunMs);
    await commit.add('a', request);
    clock.mockReturnValueOnce(begunMs + 49.999_999).mockReturnValue(begunMs + 50.000_001);
    const adding = commit.add('a', request);
    expect((await adding).url).toBe(request.url);
  });
});
