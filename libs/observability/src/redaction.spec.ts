import { describe, expect, it } from '@jest/globals';
import { redactFields, redactText, withoutValues } from './redaction.js';

describe('a text', () => {
  it.each([
    [
      'of urls keeps scheme and host',
      'GET https://user:pw@a.example:8443/hook?key=1 failed',
      'GET https://a.example:8443/… failed',
    ],
    ['keeps a url that says no more', 'at https://a.example/', 'at https://a.example/'],
    ['loses passwords of databases', 'postgres://u:secret@db:5432/x', 'postgres://db:5432/…'],
    [
      'loses who an address is of',
      'no mailbox <ada.l+x@mail.example.com>',
      'no mailbox <…@mail.example.com>',
    ],
    ['loses credentials', 'authorization: Bearer abc.def-1', 'authorization: Bearer …'],
    ['loses API keys', 'the key tk_abc_DEF is bad', 'the key tk_… is bad'],
    ['loses signing secrets', 'whsec_QUJD+/= and whsk_x', 'whsec_… and whsk_…'],
    [
      'loses the values of a query',
      'Failed query: select $1\nparams: ada,secret\nmore',
      'Failed query: select $1\nparams: …',
    ],
    [
      'and keeps the stack',
      'Failed query: x\nparams: a\nb\n    at run (a.js:1:2)',
      'Failed query: x\nparams: …\n    at run (a.js:1:2)',
    ],
  ])('%s', (_what, text, redacted) => {
    expect(redactText(text)).toBe(redacted);
  });

  it.each([
    'at run (file:///srv/node_modules/@temporalio/worker/lib/worker.js:10:5)',
    'at node:internal/process/task_queues:95:5',
    'connect ECONNREFUSED 127.0.0.1:5432',
  ])('%s is kept as it is', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it.each([
    ['without a break', 'x'],
    ['of many parts', 'ab-'],
    ['of empty lines', 'params: \n\n\n'],
    ['of quotes that nobody closes', '“'],
  ])('that is long, %s, does not hold up the process', (_what, part) => {
    const text = part.repeat(100_000);
    const begunMs = performance.now();
    withoutValues(text);
    expect(performance.now() - begunMs).toBeLessThan(2_000);
  });

  it('for others has nothing that is quoted', () => {
    expect(withoutValues(`Unexpected token 'c', "{cana" is not valid JSON`)).toBe(
      'Unexpected token "…", "…" is not valid JSON',
    );
  });
});

describe('fields', () => {
  it('that may hold what somebody sends are hidden, at any depth; the others are redacted', () => {
    const error = new Error('stays');
    const fields = {
      id: 1,
      url: 'https://a.example/x',
      err: error,
      of: { headers: { a: 1 }, list: ['b@c.example'] },
      body: 'x',
    };
    expect(redactFields(fields)).toEqual({
      ...{ id: 1, url: 'https://a.example/…', err: error, body: '[hidden]' },
      of: { headers: '[hidden]', list: ['…@c.example'] },
    });
  });

  it('that hold themselves come to an end', () => {
    const endless: Record<string, unknown> = {};
    endless.again = endless;
    expect(JSON.stringify(redactFields(endless))).toContain('…');
  });
});
