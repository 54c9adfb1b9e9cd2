import { describe, expect, it } from '@jest/globals';
import { DrizzleQueryError } from 'drizzle-orm/errors';
import pg from 'pg';
import { databaseError, isDatabaseUnavailable } from './unavailable.js';

const withCode = (code: string, message = 'x') => Object.assign(new Error(message), { code });
const queried = (cause: Error) => new DrizzleQueryError('select $1', ['canary'], cause);

describe('an error of the database', () => {
  it.each([
    ['is shutting down', withCode('57P01')],
    ['has no connection left', withCode('53300')],
    ['was killed', withCode('ECONNRESET', 'read ECONNRESET')],
    ['does not answer', new Error('Query read timeout')],
    ['closed the connection', new Error('Connection terminated unexpectedly')],
  ])('may pass when the server %s', (_what, cause) => {
    const error = cause.message.startsWith('read') ? Object.assign(cause, { syscall: 'read' }) : cause;
    expect(isDatabaseUnavailable(error)).toBe(true);
    expect(isDatabaseUnavailable(queried(error))).toBe(true);
  });

  it('may pass when nobody listens', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const client = new pg.Client({ host, port: 1, user: 'nobody' });
      const error = await client.connect().catch((reason: unknown) => reason);
      expect(isDatabaseUnavailable(error)).toBe(true);
    }
  });

  it('is our own fault when the query was wrong or broke a rule', () => {
    for (const code of ['42P01', '23505', '22021']) expect(isDatabaseUnavailable(withCode(code))).toBe(false);
    expect(isDatabaseUnavailable(new TypeError('x'))).toBe(false);
    expect(isDatabaseUnavailable(undefined)).toBe(false);
  });

  it('is told without the values of the query', () => {
    const cause = new Error('relation does not exist');
    expect(databaseError(queried(cause))).toBe(cause);
  });
});
