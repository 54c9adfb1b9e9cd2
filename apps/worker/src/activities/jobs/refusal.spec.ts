import { describe, expect, it } from '@jest/globals';
import { ServiceError } from '@temporalio/client';
import { DrizzleQueryError } from 'drizzle-orm/errors';
import { isRefusal } from './refusal.js';

const query = (code: string) =>
  new DrizzleQueryError('INSERT', [], Object.assign(new Error('refused'), { code }));
const call = (code: number) => {
  const cause = Object.assign(new Error('refused'), { code, details: '', metadata: {} });
  return new ServiceError('Failed to start Workflow', { cause });
};

describe('what is refused', () => {
  it('is refused for good where the value is wrong: else its job would try for ever', () => {
    expect(isRefusal(query('22P05'))).toBe(true);
    expect(isRefusal(query('54000'))).toBe(true);
    expect(isRefusal(call(3))).toBe(true);
  });

  it.each([query('40001'), query('57P01'), query('ECONNREFUSED'), call(14), call(8), new Error('?'), 'text'])(
    'may be taken another time: %p',
    (error) => {
      expect(isRefusal(error)).toBe(false);
    },
  );
});
