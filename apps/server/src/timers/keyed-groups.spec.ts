import { beforeEach, describe, expect, it } from '@jest/globals';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { encodeTimerId, timersWorkflowId } from '#contracts/timer-id.js';
import type { TimersInput } from '#contracts/timers.js';
import type { TimerReader } from '#timers/timer-reader.js';
import type { GroupStart, GroupStartOptions, TimerRequest } from '#timers/group-start.js';
import { KeyedGroups } from './keyed-groups.js';

const NOW = Date.UTC(2026, 10, 22);
const HOUR_MS = 3_600_000;
const body = { tenant: 'a', route: 'POST /timers', key: 'key', fingerprint: 'f1' };
const requests = [{ dueMs: NOW + HOUR_MS, url: 'https://example.com/' }];

describe('the groups of requests with a key', () => {
  /** What the engine keeps, by the id of its workflow. */
  let kept: Map<string, TimersInput>;
  let groups: KeyedGroups;

  beforeEach(() => {
    kept = new Map();
    const start = (tenant: string, wishes: TimerRequest[], { groupKey = '', request }: GroupStartOptions) => {
      const id = timersWorkflowId(tenant, groupKey);
      if (kept.has(id))
        return Promise.reject(new WorkflowExecutionAlreadyStartedError('there', id, 'timers'));
      const timers = wishes.map((each, index) => ({
        ...each,
        id: encodeTimerId({ dueMs: each.dueMs, index, groupKey }),
      }));
      kept.set(id, { tenant, timers, request } as TimersInput);
      return Promise.resolve(timers);
    };
    const readStart = (id: string) => Promise.resolve(kept.get(id) ?? null);
    groups = new KeyedGroups({ start } as unknown as GroupStart, { readStart } as unknown as TimerReader);
  });

  const store = (nowMs: number, other = {}) =>
    groups.store({ ...body, ...other }, { number: 0, requests }, nowMs);

  it('are stored once, and found again by the same request', async () => {
    const first = await store(NOW);
    expect(first).toMatchObject({ atMs: NOW, replayed: false, places: [0] });
    const again = await store(NOW + 23 * HOUR_MS);
    expect(again).toEqual({ ...first, replayed: true });
    expect(await groups.find(body, 0, NOW)).toEqual(again);
    expect(kept.size).toBe(1);
  });

  it.each([{ tenant: 'b' }, { route: 'POST /timers/batch' }, { key: 'other' }])(
    'are others for %j',
    async (other) => {
      await store(NOW);
      expect((await store(NOW, other)).replayed).toBe(false);
      expect(kept.size).toBe(2);
    },
  );

  it('are refused to a request with another body', async () => {
    await store(NOW);
    await expect(store(NOW, { fingerprint: 'f2' })).rejects.toMatchObject({ status: 422 });
    await expect(groups.find({ ...body, fingerprint: 'f2' }, 0, NOW)).rejects.toMatchObject({ status: 422 });
    expect(kept.size).toBe(1);
  });

  it('are free for another request after 24 hours, each time again', async () => {
    const first = await store(NOW);
    const next = await store(NOW + 24 * HOUR_MS, { fingerprint: 'f2' });
    expect(next.replayed).toBe(false);
    expect(next.timers[0]?.id).not.toBe(first.timers[0]?.id);
    expect(await store(NOW + 47 * HOUR_MS, { fingerprint: 'f2' })).toEqual({ ...next, replayed: true });
    expect((await store(NOW + 48 * HOUR_MS)).replayed).toBe(false);
    expect(kept.size).toBe(3);
  });

  it('answer as at first when a timer was moved since and told of its end', async () => {
    const first = await store(NOW);
    const [input] = [...kept.values()];
    const [timer] = input?.timers ?? [];
    if (!input || !timer) throw new Error('nothing was kept');
    const notice = { ...timer, id: 'notice', noticeOf: timer.id };
    input.timers = [{ ...timer, dueMs: NOW + 2 * HOUR_MS }, notice];
    expect((await store(NOW)).timers).toEqual(first.timers);
  });

  it('do not take a group for theirs that has come about without a key', async () => {
    await store(NOW);
    for (const input of kept.values()) delete input.request;
    expect((await store(NOW)).replayed).toBe(false);
  });

  it('are asked for by one at a time', async () => {
    let finish: () => void = () => undefined;
    const first = groups.alone(body, () => new Promise<void>((resolve) => (finish = resolve)));
    await expect(groups.alone(body, () => Promise.resolve())).rejects.toMatchObject({ status: 409 });
    await groups.alone({ ...body, key: 'other' }, () => Promise.resolve());
    finish();
    await first;
    await expect(groups.alone(body, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    await groups.alone(body, () => Promise.resolve());
  });

  it('have a key that the engine takes', async () => {
    await store(NOW);
    expect([...kept.keys()][0]).toMatch(/^timers:a:[89ab][0-9a-f]{15}$/);
  });
});
