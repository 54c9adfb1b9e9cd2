import { describe, expect, it } from '@jest/globals';
import type { BlastContent } from '#contracts/blast.js';
import type { StoredActivity, StoredRecipient } from '#database/blast-recipients.js';
import type { StoredBlast } from '#database/blasts.js';
import { activityAnswer, blastAnswer } from './blast-answer.js';

const NOW = new Date('2026-11-30T10:00:00.000Z');
const LATER = new Date('2026-11-30T10:01:00.000Z');
const HOUR_MS = 3_600_000;

const recipient = (more: object) =>
  ({ status: 'pending', endedAt: null, attempts: 0, code: null, reason: null, ...more }) as StoredRecipient;
const entry = (event: string, more: object = {}) =>
  ({ at: NOW, event, attempt: null, code: null, reason: null, ...more }) as StoredActivity;

describe('What was done about a recipient', () => {
  const events = (entries: StoredActivity[], more: object) =>
    activityAnswer({ recipient: recipient(more), entries }).data.map(({ event, attempt, code, reason }) => [
      ...[event, attempt, code, reason],
    ]);

  it('ends with what its row tells, by which attempt', () => {
    expect(events([], { status: 'sent', endedAt: NOW, attempts: 2, code: 250 })).toEqual([
      ['sent', 2, 250, null],
    ]);
    const skipped = { status: 'skipped', endedAt: NOW, reason: 'manual' };
    expect(events([], skipped)).toEqual([['skipped', null, null, 'manual']]);
    const noTemplate = { status: 'failed', endedAt: NOW, reason: 'template: name is missing' };
    expect(events([], noTemplate)).toEqual([['failed', null, null, 'template: name is missing']]);
  });

  it('has no end while it is pending', () => {
    const deferred = entry('deferred', { attempt: 1, code: 451, reason: '451 later' });
    expect(events([deferred], { attempts: 1, code: 451 })).toEqual([['deferred', 1, 451, '451 later']]);
  });

  it('tells of the last attempt once where it is canceled after it', () => {
    const deferred = entry('deferred', { attempt: 1, code: 451, reason: '451 later' });
    const canceled = { status: 'canceled', endedAt: LATER, attempts: 1, code: 451, reason: '451 later' };
    expect(events([deferred], canceled)).toEqual([
      ['deferred', 1, 451, '451 later'],
      ['canceled', null, null, null],
    ]);
  });

  it('does not take for an attempt what has ended it after the last one', () => {
    const deferred = entry('deferred', { attempt: 1, code: 451 });
    const reason = 'names a domain that has no mail server';
    const row = { status: 'failed', endedAt: LATER, attempts: 1, reason };
    expect(events([deferred], row).at(-1)).toEqual(['failed', null, null, reason]);
  });

  it('ends with what is logged where that has ended it: no attempt was taken because somebody says so', () => {
    const lost = entry('uncertain', { attempt: 1, reason: 'lost' });
    const decided = entry('resolved-sent', { at: LATER });
    const row = { status: 'sent', endedAt: LATER, attempts: 1, reason: 'lost' };
    expect(events([lost, decided], row)).toEqual([
      ['uncertain', 1, null, 'lost'],
      ['resolved-sent', null, null, null],
    ]);
  });
});

describe('The estimate of the end of a blast', () => {
  const estimate = (blast: object, { rate = 0, lastMs = 0 } = {}) => {
    const stored = {
      ...{ status: 'running', rate: null, killAt: null, times: {}, retry: { maxAttempts: 1, delayMs: 0 } },
      ...{ createdAt: NOW, startedAt: NOW, endedAt: null, credit: 0, uncharged: 0, ...blast },
    } as StoredBlast;
    const content: BlastContent = {};
    const answer = blastAnswer(stored, content, { pending: 3_600 }, { rate, lastMs });
    return answer.estimated_end_at === null ? null : Date.parse(answer.estimated_end_at) - Date.now();
  };

  it('goes by how fast it is now, or may be, and is not before the last is due', () => {
    expect(estimate({}, { rate: 1 })).toBeCloseTo(HOUR_MS, -3);
    expect(estimate({ rate: 2 })).toBeCloseTo(HOUR_MS / 2, -3);
    expect(estimate({ rate: 2 }, { lastMs: Date.now() + HOUR_MS })).toBeCloseTo(HOUR_MS, -3);
  });

  it('counts the hours alone in which the window is open', () => {
    const minutesNow = new Date().getUTCHours() * 60;
    const window = {
      fromMinute: minutesNow,
      untilMinute: (minutesNow + 60) % 1_440,
      days: [1, 2, 3, 4, 5, 6, 7],
    };
    const left = estimate({ rate: 0.5, times: { window, timezone: 'UTC' } }) ?? 0;
    expect(left).toBeGreaterThan(24 * HOUR_MS);
    expect(left).toBeLessThanOrEqual(48 * HOUR_MS);
  });

  it('takes what goes out while the window is closed for a sign that it is open elsewhere', () => {
    const minute = new Date().getUTCHours() * 60;
    const window = {
      fromMinute: (minute + 120) % 1_440,
      untilMinute: (minute + 180) % 1_440,
      days: [1, 2, 3, 4, 5, 6, 7],
    };
    const times = { window, timezone: 'UTC' };
    expect(estimate({ times }, { rate: 1 })).toBeCloseTo(HOUR_MS, -3);
    expect(estimate({ rate: 1, times })).toBeGreaterThan(HOUR_MS);
  });

  it('is when the last is due where nothing goes out yet, and at the latest when it is killed', () => {
    expect(estimate({}, { lastMs: Date.now() + HOUR_MS })).toBeCloseTo(HOUR_MS, -3);
    expect(estimate({ rate: 0.001, killAt: new Date(Date.now() + HOUR_MS) })).toBeCloseTo(HOUR_MS, -3);
  });

  it('is not there where nobody can say', () => {
    expect(estimate({})).toBeNull();
    expect(estimate({ status: 'paused' }, { rate: 1 })).toBeNull();
  });
});
