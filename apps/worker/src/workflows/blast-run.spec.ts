import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NO_TALLY } from '#contracts/blast.js';
import type { BatchEnd, BlastView } from '#contracts/blast.js';
import { BlastRun } from './blast-run.js';

const NOW = 1_000_000;
const RUNNING: BlastView = { status: 'running', run: 1, parallelism: 32, nextMs: 0 };
const end = (why: BatchEnd['why'], sent = 0, failed = 0): BatchEnd => ({ why, sent, failed });

function seen(view: BlastView | null): BlastRun {
  const run = new BlastRun({ batch: 0, tally: NO_TALLY });
  run.looking()(view);
  return run;
}

describe('The run of a blast', () => {
  it('looks before it does anything', () => {
    const run = new BlastRun({ batch: 0, tally: NO_TALLY });
    expect(run.next(NOW)).toEqual({ do: 'look' });
  });

  it('waits for its start, then makes the list', () => {
    const run = seen({ ...RUNNING, status: 'scheduled', startMs: NOW + 5_000 });
    expect(run.next(NOW)).toEqual({ do: 'wait', untilMs: NOW + 5_000 });
    expect(run.next(NOW + 5_000)).toEqual({ do: 'list' });
  });

  it('goes on with a list that was being made', () => {
    expect(seen({ ...RUNNING, status: 'listing' }).next(NOW)).toEqual({ do: 'list' });
  });

  it('begins a batch in every lane that has a part of the parallelism', () => {
    expect(seen(RUNNING).next(NOW)).toEqual({ do: 'begin', lanes: [0, 1, 2, 3] });
    expect(seen({ ...RUNNING, parallelism: 2 }).next(NOW)).toEqual({ do: 'begin', lanes: [0, 1] });
  });

  it('begins the next batch of a lane when one was full, without looking', () => {
    const run = seen(RUNNING);
    for (const lane of [0, 1, 2, 3]) run.begun(lane, NOW);
    expect(run.next(NOW).do).toBe('wait');
    run.ended(2, end('full', 500));
    expect(run.next(NOW)).toEqual({ do: 'begin', lanes: [2] });
  });

  it('looks again when a batch found nothing more to do, was stopped, or was lost', () => {
    for (const ended of [end('idle'), end('stopped'), undefined]) {
      const run = seen(RUNNING);
      run.begun(0, NOW);
      run.ended(0, ended);
      expect(run.next(NOW)).toEqual({ do: 'look' });
    }
  });

  it('sleeps until the first who is pending is due', () => {
    const run = seen({ ...RUNNING, nextMs: NOW + 60_000 });
    expect(run.next(NOW)).toEqual({ do: 'wait', untilMs: NOW + 60_000 });
  });

  it('finishes only when nobody is pending and nothing is under way', () => {
    const run = seen({ ...RUNNING, nextMs: undefined });
    run.begun(0, NOW);
    expect(run.next(NOW).do).toBe('wait');
    run.ended(0, end('full'));
    expect(run.next(NOW)).toEqual({ do: 'end', end: 'finished' });
  });

  it('stops what is under way before it ends or rests', () => {
    const views: [BlastView, object][] = [
      [
        { ...RUNNING, status: 'paused' },
        { do: 'wait', untilMs: NOW + 600_000 },
      ],
      [
        { ...RUNNING, status: 'ending' },
        { do: 'end', end: 'canceled' },
      ],
      [
        { ...RUNNING, killMs: NOW },
        { do: 'end', end: 'killed' },
      ],
    ];
    for (const [view, then] of views) {
      const run = seen(RUNNING);
      run.begun(0, NOW);
      run.changed();
      run.looking()(view);
      expect(run.next(NOW)).toEqual({ do: 'stop' });
      run.ended(0, end('stopped'));
      run.looking()(view);
      expect(run.next(NOW)).toEqual(then);
    }
  });

  it('is killed whatever it does, also while it is paused or before its start', () => {
    for (const status of ['scheduled', 'listing', 'running', 'paused'] as const)
      expect(seen({ ...RUNNING, status, killMs: NOW }).next(NOW)).toEqual({ do: 'end', end: 'killed' });
    const waiting = seen({ ...RUNNING, status: 'paused', killMs: NOW + 1_000 });
    expect(waiting.next(NOW)).toEqual({ do: 'wait', untilMs: NOW + 1_000 });
  });

  it('leaves what is gone, or over', () => {
    expect(seen(null).next(NOW)).toEqual({ do: 'leave' });
    for (const status of ['draft', 'finished', 'canceled', 'killed'] as const)
      expect(seen({ ...RUNNING, status }).next(NOW)).toEqual({ do: 'leave' });
  });

  it('does not take what it saw for how it is, when it was told of a change meanwhile', () => {
    const run = new BlastRun({ batch: 0, tally: NO_TALLY });
    const see = run.looking();
    run.changed();
    see(RUNNING);
    expect(run.next(NOW)).toEqual({ do: 'look' });
  });

  it('numbers batches so that a later one is always greater, also after a run that nobody remembers', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000)), (times) => {
        const run = seen(RUNNING);
        const numbers = times.map((ms) => run.begun(0, NOW + ms));
        for (const [index, number] of numbers.entries())
          expect(number).toBeGreaterThan(numbers[index - 1] ?? 0);
        const other = new BlastRun({ batch: 0, tally: NO_TALLY });
        expect(other.begun(0, NOW + 2_000 + times.length)).toBeGreaterThan(numbers.at(-1) ?? 0);
      }),
    );
  });
});
