import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { RecipientResult } from '#database/blast-sending.js';
import { Batch } from './batch.js';
import type { BatchOptions } from './batch.js';

const RECIPIENTS = [1, 2].map((seq) => ({
  ...{ seq, address: `person-${seq}@example.com`, data: {}, timezone: null, attempts: 1, dueMs: 0 },
}));

const PACE = {
  ...{ status: 'running', rate: null, parallelism: 4, maxFailureRate: null, killMs: null, changes: 0 },
  ...{ senderActive: true, content: 'v1' },
};

/** What a batch of two is given that may do nothing but what is told otherwise. */
function optionsOf(more: object) {
  return {
    task: { tenant: 'default', id: 'blast', lane: 0, batch: 1, tally: { sent: 0, failed: 0 } },
    before: { claimed: 0, sent: 0, failed: 0 },
    holder: { blast: 'blast', lane: 0, batch: 1, attempt: 1, claim: 'claim' },
    rules: { content: { email: {} } },
    ...{ timezone: 'UTC', content: 'v1', tally: { changes: 0, sent: 0, failed: 0 } },
    pacing: {
      pace: () => Promise.resolve({ ...PACE, others: { sent: 0, failed: 0 } }),
      places: () => Promise.resolve({ atMs: [-Infinity, -Infinity], leave: () => undefined }),
    },
    lease: { held: true, whenHeld: () => Promise.resolve(true) },
    persist: <T>(ask: () => Promise<T>) => ask(),
    metrics: { record: () => undefined },
    ...more,
  } as unknown as BatchOptions;
}

interface Request {
  recipient: { seq: number };
  mayBegin: () => Promise<boolean>;
}

describe('a batch', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** What is recorded of two who were claimed. */
  async function recordedOf(sender: object, pace: object = {}): Promise<RecipientResult[]> {
    const recorded: RecipientResult[] = [];
    const claims = [RECIPIENTS];
    const options = optionsOf({
      clock: { now: () => Date.now() },
      pacing: {
        pace: () => Promise.resolve({ ...PACE, others: { sent: 0, failed: 0 }, ...pace }),
        places: () => Promise.resolve({ atMs: [-Infinity, -Infinity], leave: () => undefined }),
      },
      sending: {
        claim: () => Promise.resolve(claims.shift() ?? []),
        record: (_holder: object, results: RecipientResult[]) => Promise.resolve(recorded.push(...results)),
        noteProgress: () => Promise.resolve(),
        ahead: () => Promise.resolve({ sending: false }),
      },
      sender,
    });
    await new Batch(options).run();
    return recorded.sort((one, other) => one.seq - other.seq);
  }

  const givenBackUnless = async (mayBegin: Request['mayBegin']) =>
    (await mayBegin()) ? { status: 'sent' } : { status: 'pending', uncounted: true };

  it('asks once more of who has waited long whether they still want it', async () => {
    const now = performance.now.bind(performance);
    let waitedMs = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now() + waitedMs);
    const optedOut = new Map<string, string>();
    const recorded = await recordedOf({
      reasonsAgainst: () => Promise.resolve(optedOut),
      problemWith: () => Promise.resolve(undefined),
      send: ({ mayBegin }: Request) => {
        waitedMs = 3_000;
        optedOut.set('person-1@example.com', 'opted-out');
        return givenBackUnless(mayBegin);
      },
    });
    expect(recorded).toEqual([
      { seq: 1, status: 'skipped', reason: 'opted-out', uncounted: true },
      { seq: 2, status: 'sent' },
    ]);
  });

  it('fails those whose domain takes no mail, for that reason and without an attempt, and sends to the others', async () => {
    const recorded = await recordedOf({
      reasonsAgainst: () => Promise.resolve(new Map()),
      problemWith: (_rules: object, { seq }: { seq: number }) =>
        Promise.resolve(seq === 1 ? 'names a domain that has no mail server' : undefined),
      send: ({ mayBegin }: Request) => givenBackUnless(mayBegin),
    });
    expect(recorded).toEqual([
      { seq: 1, status: 'failed', reason: 'names a domain that has no mail server', uncounted: true },
      { seq: 2, status: 'sent' },
    ]);
  });

  it('pauses and takes nobody where its tenant is disabled', async () => {
    const pauses: unknown[][] = [];
    const options = optionsOf({
      pacing: {
        pace: () => Promise.resolve({ ...PACE, senderActive: false, others: { sent: 0, failed: 0 } }),
      },
      sending: { noteProgress: () => Promise.resolve() },
      pause: (...asked: unknown[]) => Promise.resolve(pauses.push(asked)),
    });
    expect(await new Batch(options).run()).toEqual({ why: 'stopped', sent: 0, failed: 0 });
    expect(pauses).toEqual([['sender-inactive', 'The tenant is disabled.', PACE.changes]]);
  });

  it('takes nobody once the message has been changed, which whoever comes next reads', async () => {
    const options = optionsOf({
      pacing: {
        pace: () => Promise.resolve({ ...PACE, content: 'v2', others: { sent: 0, failed: 0 } }),
      },
      sending: { noteProgress: () => Promise.resolve() },
    });
    expect(await new Batch(options).run()).toEqual({ why: 'stopped', sent: 0, failed: 0 });
  });

  it('begins nothing from its kill_at on, also of those that it had taken before', async () => {
    const sender = {
      reasonsAgainst: () => Promise.resolve(new Map()),
      problemWith: () => Promise.resolve(undefined),
      send: ({ mayBegin }: Request) => givenBackUnless(mayBegin),
    };
    const recorded = await recordedOf(sender, { killMs: Date.now() - 1 });
    expect(recorded.map(({ status }) => status)).toEqual(['pending', 'pending']);
    const later = await recordedOf(sender, { killMs: Date.now() + 60_000 });
    expect(later.map(({ status }) => status)).toEqual(['sent', 'sent']);
  });

  it('gives back those of whom it can not find out whether they may be sent to: they were not begun', async () => {
    const recorded: RecipientResult[] = [];
    const options = optionsOf({
      sending: {
        claim: () => Promise.resolve(RECIPIENTS),
        record: (_holder: object, results: RecipientResult[]) => Promise.resolve(recorded.push(...results)),
        noteProgress: () => Promise.resolve(),
      },
      sender: { reasonsAgainst: () => Promise.reject(new Error('no such table')) },
    });
    await expect(new Batch(options).run()).rejects.toThrow('no such table');
    expect(recorded).toEqual([1, 2].map((seq) => ({ seq, status: 'pending', uncounted: true })));
  });

  it('takes nobody where too many have failed in the other lanes, and tells them of its own', async () => {
    let claims = 0;
    const told: object[] = [];
    const pauses: unknown[][] = [];
    const options = optionsOf({
      tally: { changes: 3, sent: 1, failed: 1 },
      sending: {
        claim: () => Promise.resolve((claims++, [])),
        noteProgress: (_holder: object, _ended: number, tally: object) => Promise.resolve(told.push(tally)),
      },
      pacing: {
        pace: () =>
          Promise.resolve({
            ...{ ...PACE, maxFailureRate: 0.5, changes: 3, others: { sent: 5, failed: 13 } },
          }),
      },
      pause: (...asked: unknown[]) => Promise.resolve(pauses.push(asked)),
    });
    expect(await new Batch(options).run()).toEqual({ why: 'stopped', sent: 0, failed: 0 });
    expect(pauses).toEqual([['failure-rate', expect.stringContaining('14 of 20'), 3]]);
    expect(claims).toBe(0);
    expect(told).toEqual([{ changes: 3, sent: 1, failed: 1 }]);
  });
});
