import { describe, expect, it } from '@jest/globals';
import type { EngineSchedule } from './engine-schedule.js';
import { askedOf, changedFields, fieldsOf } from './schedule-fields.js';

const URL = 'https://example.com/';

describe('the fields of a schedule', () => {
  it.each([
    [{ body: { a: [1, null] } }, { body: '{"a":[1,null]}' }],
    [{ body: null }, { body: 'null' }],
    [{ body_base64: 'AQI=' }, { body: 'AQI=', bodyEncoding: 'base64' as const }],
    [{}, {}],
  ])('come back as they were set, %j with its body from the timer', (body, ofTimer) => {
    const fields = { cron: '0 9 * * *', url: URL, labels: { a: 'b' }, ...body };
    const input = {
      timers: [{ id: '', dueMs: 0, url: URL, ...ofTimer }],
      run: { schedule: { asked: askedOf(fields) } },
    } as unknown as EngineSchedule['input'];
    expect(fieldsOf({ input })).toEqual(fields);
  });

  it('come back as they were set, with the input of the job', () => {
    const fields = { every: 'PT1H', job: { type: 'report', input: { a: [1] }, labels: { a: 'b' } } };
    const asked = askedOf(fields);
    expect(asked).toEqual({ every: 'PT1H', job: { type: 'report', labels: { a: 'b' } } });
    const input = { type: 'report', input: { a: [1] }, run: { schedule: { asked } } };
    expect(fieldsOf({ input: input as unknown as EngineSchedule['input'] })).toEqual(fields);
  });

  it('are kept without a second copy of the body', () => {
    expect(askedOf({ url: URL, body: 'x', body_base64: 'eA==', name: undefined })).toEqual({ url: URL });
  });

  it('change by what is given, and null takes away', () => {
    const before = { cron: '0 9 * * *', url: URL, name: 'a', labels: { a: 'b' } };
    expect(changedFields(before, { name: 'c', labels: null, jitter: null })).toEqual({
      ...{ cron: '0 9 * * *', url: URL, name: 'c' },
    });
    expect(before.name).toBe('a');
  });

  it('say when in one way: the other one goes, unless both are given', () => {
    expect(changedFields({ cron: '0 9 * * *' }, { every: 'PT1H' })).toEqual({ every: 'PT1H' });
    expect(changedFields({ every: 'PT1H' }, { cron: '0 9 * * *' })).toEqual({ cron: '0 9 * * *' });
    expect(changedFields({ body: {} }, { body_base64: 'eA==' })).toEqual({ body_base64: 'eA==' });
    expect(changedFields({ every: 'PT1H' }, { cron: '0 9 * * *', every: 'PT2H' })).toEqual({
      ...{ cron: '0 9 * * *', every: 'PT2H' },
    });
    expect(changedFields({ every: 'PT1H' }, { cron: null })).toEqual({ every: 'PT1H' });
  });
});
