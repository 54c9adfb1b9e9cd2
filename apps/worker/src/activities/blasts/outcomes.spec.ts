import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { RecipientResult } from '#database/blast-sending.js';
import { Outcomes } from './outcomes.js';

const GATHER_MS = 20;

describe('Outcomes', () => {
  it('of one moment are recorded together, those that come meanwhile next', async () => {
    const recorded: number[][] = [];
    const outcomes = new Outcomes((results) => {
      recorded.push(results.map(({ seq }) => seq));
      if (recorded.length === 1) outcomes.add({ seq: 3, status: 'failed' });
      return Promise.resolve();
    }, GATHER_MS);
    outcomes.add({ seq: 1, status: 'sent' });
    outcomes.add({ seq: 2, status: 'pending' });
    await outcomes.settled();
    expect(recorded).toEqual([[1, 2], [3]]);
    expect(outcomes).toMatchObject({ sent: 1, failed: 1, ended: 2 });
  });

  it('are known as long as they are not recorded, for nobody may take them for lost', async () => {
    let record: () => void = () => undefined;
    const outcomes = new Outcomes(() => new Promise<void>((resolve) => (record = resolve)), GATHER_MS);
    outcomes.add({ seq: 1, status: 'sent' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([...outcomes.unrecorded]).toEqual([1]);
    record();
    await outcomes.settled();
    expect([...outcomes.unrecorded]).toEqual([]);
  });

  it('are recorded also where they come in the very moment in which the others have been', async () => {
    const recorded: number[] = [];
    let done: () => void = () => undefined;
    const recording = new Promise<void>((resolve) => (done = resolve));
    const outcomes = new Outcomes((results) => {
      recorded.push(...results.map(({ seq }) => seq));
      return recording;
    }, GATHER_MS);
    outcomes.add({ seq: 1, status: 'sent' });
    while (recorded.length === 0) await sleep(1);
    // Whoever records waits already, and hears of it first.
    const next = recording.then(() => outcomes.add({ seq: 2, status: 'sent' }));
    done();
    await next;
    await outcomes.settled();
    expect(recorded).toEqual([1, 2]);
    expect([...outcomes.unrecorded]).toEqual([]);
  });

  it('are recorded also after others that can not be', async () => {
    const recorded: number[] = [];
    const outcomes = new Outcomes((results) => {
      if (recorded.length > 0) return Promise.resolve(void recorded.push(...results.map(({ seq }) => seq)));
      recorded.push(0);
      outcomes.add({ seq: 2, status: 'sent' });
      return Promise.reject(new Error('no'));
    }, GATHER_MS);
    outcomes.add({ seq: 1, status: 'sent' });
    await expect(outcomes.settled()).rejects.toThrow('no');
    expect(recorded).toEqual([0, 2]);
    expect([...outcomes.unrecorded]).toEqual([1]);
  });

  it('that can not be recorded are told of', async () => {
    const refuse = (_: RecipientResult[]) => Promise.reject(new Error('no'));
    const outcomes = new Outcomes(refuse, GATHER_MS);
    outcomes.add({ seq: 1, status: 'sent' });
    await expect(outcomes.settled()).rejects.toThrow('no');
  });
});
