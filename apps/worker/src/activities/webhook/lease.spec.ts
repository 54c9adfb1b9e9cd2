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
    expect(refusals).toEqual([away, away]);
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
