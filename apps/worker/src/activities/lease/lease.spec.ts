import { describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../../../../scripts/wait-until.js';
import { Lease, LeaseLost } from './lease.js';

describe('a lease', () => {
  it('is not held before the engine has confirmed a heartbeat', async () => {
    let confirm: () => void = () => undefined;
    const lease = new Lease(() => new Promise((resolve) => (confirm = resolve)));
    const confirmed = lease.confirm();
    expect(lease.held).toBe(false);
    confirm();
    await confirmed;
    expect(lease.held).toBe(true);
  });

  it('is asked for again while the engine is away', async () => {
    let calls = 0;
    const refusals: unknown[] = [];
    const away = new Error('away');
    const heartbeat = () => (++calls < 3 ? Promise.reject(away) : Promise.resolve());
    await new Lease(heartbeat, (error) => refusals.push(error)).confirm();
    expect(calls).toBe(3);
    expect(refusals).toEqual([away]);
  });

  it('is lost for good when the engine says so', async () => {
    const lease = new Lease(() => Promise.reject(new LeaseLost('gone')));
    await expect(lease.confirm()).rejects.toThrow(LeaseLost);
    expect(lease.held).toBe(false);
    const kept = new Lease(() => Promise.reject(new LeaseLost('gone')));
    await expect(kept.keep()).rejects.toThrow(LeaseLost);
  });

  it('lets those go on who waited for it', async () => {
    const lease = new Lease(() => Promise.resolve());
    const waiting = lease.whenHeld();
    await lease.confirm();
    expect(await waiting).toBe(true);
  });

  it('does not keep those waiting who waited for it in vain', async () => {
    const lease = new Lease(() => Promise.reject(new LeaseLost('gone')));
    const waiting = lease.whenHeld();
    await expect(lease.confirm()).rejects.toThrow(LeaseLost);
    expect(await waiting).toBe(false);
    expect(await lease.whenHeld()).toBe(false);
  });

  it('has one heartbeat under way at a time, so that an older record never comes last', async () => {
    const answers: (() => void)[] = [];
    const lease = new Lease(() => new Promise((resolve) => answers.push(resolve)));
    const older = lease.confirm();
    const newer = lease.confirm();
    // Whoever waits for a promise that is kept has had its turn by then.
    await new Promise((resolve) => setImmediate(resolve));
    expect(answers).toHaveLength(1);
    answers[0]?.();
    await older;
    await waitUntil('the newer heartbeat', () => answers.length === 2);
    answers[1]?.();
    await newer;
  });

  it('goes on with the next heartbeat when the one before was refused', async () => {
    const refusals: ((error: Error) => void)[] = [];
    const heartbeat = () =>
      refusals.length === 0
        ? new Promise<void>((_resolve, reject) => refusals.push(reject))
        : Promise.resolve();
    const lease = new Lease(heartbeat);
    const refused = lease.confirm();
    const next = lease.confirm();
    refusals[0]?.(new Error('away'));
    await next;
    expect(lease.held).toBe(true);
    await refused;
  });

  it('is recorded sooner when there is something new', async () => {
    const beats: number[] = [];
    const lease = new Lease(() => {
      beats.push(performance.now());
      return Promise.resolve();
    });
    await lease.confirm();
    const kept = lease.keep();
    lease.touch();
    await waitUntil('a second heartbeat', () => beats.length >= 2);
    lease.touch();
    await waitUntil('a third heartbeat', () => beats.length >= 3);
    lease.end();
    await kept;
    await waitUntil('the lease was quiet', () => beats.length === 3);
  });
});
