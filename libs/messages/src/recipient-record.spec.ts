import { describe, expect, it } from '@jest/globals';
import { readRecipient, recipientOfRow } from './recipient-record.js';

describe('A recipient as a client writes it', () => {
  it('is known by its address, however that is written', () => {
    expect(readRecipient({ address: ' Ada@Example.com', data: { name: 'Ada' } }, 'email')).toEqual({
      ...{ address: ' Ada@Example.com', dedupeKey: 'ada@example.com' },
      ...{ data: { name: 'Ada' }, timezone: null },
    });
  });

  it('is known by a key of its own where it has one', () => {
    const recipient = { address: 'a@x.example', dedupe_key: 'user-1', timezone: 'Asia/Tokyo' };
    expect(readRecipient(recipient, 'email')).toMatchObject({ dedupeKey: 'user-1', timezone: 'Asia/Tokyo' });
  });

  it('of a webhook may have no url of its own, and then is the same as no other', () => {
    expect(readRecipient({ data: { user: 1 } }, 'webhook')).toMatchObject({ address: null, dedupeKey: null });
    expect(readRecipient({ url: 'https://x.example/A' }, 'webhook')).toMatchObject({
      dedupeKey: 'https://x.example/A',
    });
  });

  it.each([
    ['text', 'must be an object'],
    [[], 'must be an object'],
    [{}, 'has no address'],
    [{ address: 7 }, 'must have as its address a text'],
    [{ address: '' }, 'must have as its address a text'],
    [{ address: 'a@x.example\0' }, 'has characters in its address that are none'],
    [{ address: 'a@x.example', url: 'https://x.example' }, 'has a url'],
    [{ address: 'a@x.example', name: 'Ada' }, 'has an unknown property "name"'],
    [{ address: 'a@x.example', timezone: 'Berlin' }, 'has a timezone that is not the IANA name'],
    [{ address: 'a@x.example', data: [] }, 'must have as its data an object'],
    [{ address: 'a@x.example', data: { a: 'x\0' } }, 'has characters in its data that are none'],
    [{ address: 'a@x.example', data: { '\ud800': 1 } }, 'has characters in its data that are none'],
    [{ address: 'a@x.example', data: { a: 'x'.repeat(40_000) } }, 'has more than 32768 characters of data'],
  ])('is refused with what is wrong with it: %#', (record, problem) => {
    expect(readRecipient(record, 'email')).toContain(problem);
  });

  it('may have a backslash before what looks like an escape, and whole characters', () => {
    for (const text of ['\\u0000', '\\\\u0000', '😀', 'C:\\u'])
      expect(readRecipient({ address: 'a@x.example', data: { text } }, 'email')).toMatchObject({
        data: { text },
      });
  });

  it('of a row has what is in the other columns as its data', () => {
    const row = { address: 'a@x.example', name: 'Ada', status: 'VIP', timezone: 'UTC' };
    expect(recipientOfRow(row, Object.keys(row))).toEqual({
      ...{ address: 'a@x.example', timezone: 'UTC', data: { name: 'Ada', status: 'VIP' } },
    });
  });

  it('of a row with data has that and nothing else, and no outcome that an export tells', () => {
    const columns = ['n', 'url', 'status', 'attempts', 'code', 'reason', 'ended_at', 'dedupe_key', 'data'];
    const row = {
      n: '7',
      url: 'https://x.example',
      status: 'sent',
      attempts: '1',
      code: '200',
      dedupe_key: 'k',
    };
    const own = { url: 'https://x.example', dedupe_key: 'k' };
    expect(recipientOfRow({ ...row, data: '{"n":7,"a":[null]}' }, columns)).toEqual({
      ...{ ...own, data: { n: 7, a: [null] } },
    });
    // A cell that is empty is not there.
    expect(recipientOfRow(row, columns)).toEqual(own);
  });

  it.each([
    [{ data: 'Ada' }, 'must have as its data an object'],
    [{ data: '["Ada"]' }, 'must have as its data an object'],
    [{ data: '{}', name: 'Ada' }, 'has an unknown property "name"'],
  ])('of a row whose data is something else, or not all, is refused: %#', (more, problem) => {
    const row = { address: 'a@x.example', ...more };
    expect(readRecipient(recipientOfRow(row, Object.keys(row)), 'email')).toContain(problem);
  });
});
