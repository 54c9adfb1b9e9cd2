import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '#observability/logger.js';
import { SigningSecret } from '#signing/signing-secret.js';
import type { EngineClock } from './engine-clock.js';
import { SigningKeys } from './signing-keys.js';
import type { StoredSecret } from './signing-keys.js';

const logger = createLogger({ name: 'test', level: 'fatal', format: 'json' });
const clock = { now: () => Date.now() } as EngineClock;

const stored = (host: string | null, retiresMs: number | null = null): StoredSecret => ({
  ...{ host, retiresMs },
  secret: SigningSecret.generate('v1'),
});

describe('the keys that deliveries are signed with', () => {
  let secrets: StoredSecret[];
  let loads: number;
  let database: 'there' | 'away' | 'hangs';
  let keys: SigningKeys;

  beforeEach(() => {
    jest.useFakeTimers();
    secrets = [];
    loads = 0;
    database = 'there';
    keys = new SigningKeys(
      async () => {
        loads += 1;
        if (database === 'hangs') return new Promise<never>(() => undefined);
        if (database === 'away') throw new Error('away');
        return secrets;
      },
      clock,
      logger,
    );
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const signers = (host = 'example.com') => keys.secretsFor('acme', host).map(({ text }) => text);
  const texts = (...of: (StoredSecret | undefined)[]) => of.map((each) => each?.secret.text);

  /** Whether it resolves within the time. */
  async function within(delayMs: number, promise: Promise<void>): Promise<boolean> {
    let done = false;
    void promise.then(() => (done = true));
    await jest.advanceTimersByTimeAsync(delayMs);
    return done;
  }

  it('are loaded anew for who asks, and not only by somebody who began before there was a younger one', async () => {
    const answers: ((secrets: StoredSecret[]) => void)[] = [];
    const slow = () => new Promise<StoredSecret[]>((resolve) => answers.push(resolve));
    const endpoint = { ...stored(null), endpoint: 'new' };
    keys = new SigningKeys(slow, clock, logger);
    const prepared = keys.prepare('acme');
    const refreshed = keys.refresh('acme');
    answers[0]?.([]);
    await prepared;
    await jest.advanceTimersByTimeAsync(0);
    answers[1]?.([endpoint]);
    await refreshed;
    expect(keys.secretsOf('acme', 'new')).toEqual([endpoint.secret]);
  });

  it('are those of the host if it has any, else those of the tenant, of every kind', async () => {
    secrets = [stored(null), stored('a.com'), stored(null), stored('a.com')];
    await keys.prepare('acme');
    expect(signers('a.com')).toEqual(texts(secrets[1], secrets[3]));
    expect(signers('b.com')).toEqual(texts(secrets[0], secrets[2]));
  });

  it('are none where a tenant has none, so that its deliveries go out unsigned', async () => {
    await keys.prepare('acme');
    expect(signers()).toEqual([]);
  });

  it('both sign until the old one retires, and then the new one alone', async () => {
    secrets = [stored(null, Date.now() + 1_000), stored(null)];
    await keys.prepare('acme');
    expect(signers()).toEqual(texts(...secrets));
    jest.advanceTimersByTime(1_000);
    expect(signers()).toEqual(texts(secrets[1]));
  });

  it('are loaded again when the next window comes, but once for many of them', async () => {
    await Promise.all([keys.prepare('acme'), keys.prepare('acme')]);
    await keys.prepare('acme');
    expect(loads).toBe(1);
    secrets = [stored(null)];
    jest.advanceTimersByTime(2_000);
    await Promise.all([keys.prepare('acme'), keys.prepare('acme')]);
    expect(loads).toBe(2);
    expect(signers()).toEqual(texts(...secrets));
  });

  it('go on being used while the database is away, however long, and are right again after', async () => {
    secrets = [stored(null)];
    await keys.prepare('acme');
    const before = signers();
    database = 'away';
    for (let hours = 0; hours < 100; hours++) {
      jest.advanceTimersByTime(3_600_000);
      await keys.prepare('acme');
      expect(signers()).toEqual(before);
    }
    database = 'there';
    secrets = [stored(null)];
    jest.advanceTimersByTime(2_000);
    await keys.prepare('acme');
    expect(signers()).toEqual(texts(...secrets));
  });

  it('make nobody wait long for a database that hangs, once they are known', async () => {
    secrets = [stored(null)];
    await keys.prepare('acme');
    database = 'hangs';
    jest.advanceTimersByTime(2_000);
    expect(await within(300, keys.prepare('acme'))).toBe(true);
    expect(signers()).toEqual(texts(...secrets));
  });

  it('are waited for where they were never loaded: nothing goes out unsigned that should be signed', async () => {
    secrets = [stored(null)];
    for (const state of ['away', 'hangs'] as const) {
      database = state;
      const preparing = keys.prepare('acme');
      expect(await within(3_600_000, preparing)).toBe(false);
      expect(() => signers()).toThrow(/never loaded/);
    }
    database = 'there';
    expect(await within(10_000, keys.prepare('acme'))).toBe(true);
    expect(signers()).toEqual(texts(...secrets));
  });

  it('of one tenant are not held up by those of another, nor mixed with them', async () => {
    secrets = [stored(null)];
    await keys.prepare('acme');
    secrets = [];
    await keys.prepare('other');
    expect(keys.secretsFor('other', 'example.com')).toEqual([]);
    expect(signers()).toHaveLength(1);
  });
});
