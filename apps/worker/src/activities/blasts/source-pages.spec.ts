import { describe, expect, it } from '@jest/globals';
import { DestinationBlocked } from '#destinations/destination-policy.js';
import type { ServiceCalls } from '../jobs/service-calls.js';
import { BrokenSource, SourceAway, SourcePages } from './source-pages.js';

const URL_OF_PAGE = 'https://example.com/recipients?token=secret';
const never = new AbortController().signal;

/** Reads a page that is answered so. */
const read = (statusCode: number, page: unknown) => {
  const text = typeof page === 'string' ? page : JSON.stringify(page);
  const calls = { call: () => Promise.resolve({ statusCode, headers: {}, text }) };
  return new SourcePages(calls as unknown as ServiceCalls).read(
    { url: URL_OF_PAGE, number: 2 },
    'email',
    never,
  );
};
const data = [{ address: 'ada@example.com' }];

describe('a page of recipients', () => {
  it('has recipients, and says where the next one is', async () => {
    const { recipients, next } = await read(200, { data, next: '?page=2' });
    expect(recipients).toMatchObject([{ address: 'ada@example.com' }]);
    expect(next).toBe('https://example.com/recipients?page=2');
    expect((await read(200, { data })).next).toBeNull();
  });

  it('is asked for again where it does not come', async () => {
    for (const status of [429, 500, 503]) {
      const refusal = await read(status, '').catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(SourceAway);
      expect(refusal).not.toBeInstanceOf(BrokenSource);
      expect((refusal as Error).message).toBe(`answered ${status}`);
    }
  });

  it('is not asked for again where nothing may be read', async () => {
    const calls = { call: () => Promise.reject(new DestinationBlocked('address')) };
    const pages = new SourcePages(calls as unknown as ServiceCalls);
    const refusal = pages.read({ url: URL_OF_PAGE, number: 2 }, 'email', never);
    await expect(refusal).rejects.toThrow(BrokenSource);
    await expect(refusal).rejects.toThrow(/^Page 2 of the source .* is where nothing may be read: /);
  });

  it('is named where it is wrong, without what may be a secret, and its items are counted from 1', async () => {
    const page = 'Page 2 of the source (https://example.com/recipients)';
    const wrong: [number, unknown, string][] = [
      [404, '', `${page} answered 404.`],
      [200, '<html>', `${page} is no JSON.`],
      [200, { data: [{}] }, `${page}: item 1 of its data has no address.`],
      [200, { data: [...data, 'x'] }, `${page}: item 2 of its data must be an object.`],
      [200, { data, next: 7 }, `${page} has a next that is neither a url nor null.`],
      [200, { data, next: URL_OF_PAGE }, `${page}: its next is that page itself.`],
    ];
    for (const [status, body, message] of wrong) await expect(read(status, body)).rejects.toThrow(message);
  });

  it.each([
    ['is not found', 404, ''],
    ['is no JSON', 200, '<html>'],
    ['has no list', 200, { data: 'x' }],
    ['has somebody without an address', 200, { data: [{}] }],
    ['leads to no url', 200, { data, next: 'ftp://example.com/' }],
    ['leads to itself, for ever', 200, { data, next: URL_OF_PAGE }],
  ])('is for a person to look at where it %s', async (_what, statusCode, page) => {
    await expect(read(statusCode, page)).rejects.toBeInstanceOf(BrokenSource);
  });
});
