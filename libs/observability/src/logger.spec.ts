import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { addLogFields, withLogFields } from './log-context.js';
import { LINES } from './logger.js';

function written(log: (logger: pino.Logger) => void): Record<string, unknown> {
  const lines: string[] = [];
  log(pino({ ...LINES, level: 'trace' }, { write: (line) => lines.push(line) }));
  return JSON.parse(lines.join('')) as Record<string, unknown>;
}

describe('a line', () => {
  it('has the fields of all that it is logged within, and its own win', () => {
    const line = written((logger) =>
      withLogFields({ tenant: 'acme', attempt: 1 }, () =>
        withLogFields({ timer: 't1' }, () => {
          addLogFields({ requestId: 'r1' });
          logger.info({ attempt: 2 }, 'now');
        }),
      ),
    );
    expect(line).toMatchObject({ tenant: 'acme', timer: 't1', requestId: 'r1', attempt: 2, msg: 'now' });
  });

  it('has none of those of what is done beside it', async () => {
    const both = ['a', 'b'].map((tenant) =>
      withLogFields({ tenant }, async () => {
        await new Promise(setImmediate);
        return written((logger) => logger.info({}, tenant));
      }),
    );
    for (const line of await Promise.all(both)) expect(line.tenant).toBe(line.msg);
  });

  it('says of an error its type, message, stack and code, redacted, and nothing else of it', () => {
    const error = Object.assign(new TypeError('no https://a.example/secret'), {
      code: 'E1',
      input: 'secret',
    });
    const { err } = written((logger) => logger.warn({ err: error }, 'to ada@b.example'));
    expect(err).toEqual({
      ...{ type: 'TypeError', message: 'no https://a.example/…', code: 'E1' },
      stack: expect.stringContaining('TypeError: no https://a.example/…'),
    });
    expect(JSON.stringify(err)).not.toContain('secret');
  });

  it('is redacted in its message too', () => {
    expect(written((logger) => logger.info({}, 'to ada@b.example')).msg).toBe('to …@b.example');
  });
});
