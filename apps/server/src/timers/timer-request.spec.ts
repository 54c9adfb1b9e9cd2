import { describe, expect, it } from '@jest/globals';
import { deliveryFields } from './timer-request.js';
import type { DeliveryWish } from './timer-request.js';

const fields = (wish: DeliveryWish, current?: Parameters<typeof deliveryFields>[1]['current']) =>
  deliveryFields(wish, { defaultDelaysMs: [5_000], current });

describe('the fields of a delivery', () => {
  it('are only those that were asked for', () => {
    expect(fields({ url: 'https://example.com/' })).toEqual({ url: 'https://example.com/' });
    expect(fields({})).toEqual({});
  });

  it.each([
    ['https://example.com:443/', 'example.com'],
    ['https://B\u00fccher.example/', 'xn--bcher-kva.example'],
    ['http://0x7f.1:8080/', '127.0.0.1:8080'],
    ['https://EXAMPLE.com:8443/', undefined],
  ])('keep the host of %s only where it is written otherwise', (url, host) => {
    expect(fields({ url })).toEqual({ url, host });
  });

  it('are in the units that a timer has them in', () => {
    const wish: DeliveryWish = {
      ...{ method: 'PUT', timeout_seconds: 10, success_statuses: [200, 409], labels: { team: 'a' } },
      ...{
        retry: { max_attempts: 3 },
        on_success: 'https://example.com/s',
        on_failure: 'https://example.com/f',
      },
      flow: { key: 'crm', rate: 10, parallelism: 2 },
    };
    expect(fields(wish)).toEqual({
      ...{ method: 'PUT', timeoutMs: 10_000, successStatuses: [200, 409], labels: { team: 'a' } },
      ...{
        retryDelaysMs: [5_000, 5_000],
        onSuccess: 'https://example.com/s',
        onFailure: 'https://example.com/f',
      },
      flow: { key: 'crm', rate: 10, periodMs: 1_000, parallelism: 2 },
    });
  });

  it.each([{ a: 1 }, [1, 'ü'], 'text', 0, false, null])('send the JSON text of the body %j', (body) => {
    expect(fields({ body })).toEqual({
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  });

  it('send bytes, as what they are called', () => {
    expect(fields({ body_base64: 'AAE=' })).toEqual({
      ...{ body: 'AAE=', bodyEncoding: 'base64' },
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect(fields({ body_base64: 'AAE=', content_type: 'image/png' }).headers).toEqual({
      'content-type': 'image/png',
    });
    expect(
      fields({ body_base64: 'AAE=', headers: { 'Content-Type': 'image/gif', 'X-A': 'b' } }).headers,
    ).toEqual({
      ...{ 'content-type': 'image/gif', 'x-a': 'b' },
    });
  });

  it.each([
    [{ body: 1, body_base64: 'AAE=' }, 'body and body_base64 are two bodies'],
    [{ method: 'GET', body: null }, 'body is not possible with the method GET'],
    [{ method: 'GET', body_base64: '' }, 'body_base64 is not possible with the method GET'],
    [{ content_type: 'text/plain' }, 'content_type is only possible with a body'],
    [
      { body: 1, content_type: 'a/b', headers: { 'Content-Type': 'c/d' } },
      'content_type is in the headers too',
    ],
    [{ headers: { host: 'a' } }, 'headers must not have host'],
    [{ labels: { 'a b': 'c' } }, 'labels must have names of 1 to 64 letters'],
    [{ labels: { a: 'x'.repeat(257) } }, 'labels must have texts of at most 256 characters'],
    [
      { labels: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [i, ''])) },
      'labels must be at most 16',
    ],
    [{ on_success: 'ftp://example.com' }, 'on_success must be an absolute http:// or https:// URL'],
    [{ on_failure: 'http://a:b@example.com' }, 'on_failure must not contain a user name'],
    [{ retry: { delays_seconds: [1], factor: 2 } }, 'retry must have either'],
    [{ flow: { key: 'a' } }, 'flow must have a rate, a parallelism or both'],
    [{ flow: { key: 'a', parallelism: 1, period: 'PT1S' } }, 'flow must have a rate where it has a period'],
    [
      { flow: { key: 'a', rate: 1, period: 'PT0.5S' } },
      'flow must have a period from 1 s to 1 week, has PT0.5S',
    ],
    [{ flow: { key: 'a', rate: 1, period: 'P8D' } }, 'flow must have a period from 1 s to 1 week, has P8D'],
    [
      { flow: { key: 'a', rate: 1, period: 'P1M' } },
      'flow must have a period that is a duration: it must not have',
    ],
  ] as [DeliveryWish, string][])('that contradict each other are refused: %j', (wish, message) => {
    expect(() => fields(wish)).toThrow(message);
  });

  it('name everything that is wrong at once', () => {
    const wish = { url: 'x', headers: { host: 'a' }, on_success: 'y' };
    expect(() => fields(wish)).toThrow(/^url must .*; headers must .*; on_success must /);
  });

  describe('of a request that is changed', () => {
    const bytes = {
      ...{ url: 'https://example.com/', body: 'AAE=', bodyEncoding: 'base64' as const },
      headers: { 'content-type': 'image/png', 'x-a': 'b' },
    };

    it('take the old encoding and the old content type away with the old body', () => {
      const changed = fields({ body: { a: 1 } }, bytes);
      expect(changed).toStrictEqual({
        ...{ body: '{"a":1}', bodyEncoding: undefined },
        headers: { 'content-type': 'application/json', 'x-a': 'b' },
      });
    });

    it('keep the content type of a body that stays', () => {
      expect(fields({ headers: { 'x-c': 'd' } }, bytes)).toEqual({
        headers: { 'content-type': 'image/png', 'x-c': 'd' },
      });
      expect(fields({ content_type: 'image/gif' }, bytes).headers).toEqual({
        ...bytes.headers,
        'content-type': 'image/gif',
      });
    });

    it('are refused where they contradict what stays', () => {
      expect(() => fields({ method: 'GET' }, bytes)).toThrow('is not possible with the method GET');
      expect(() => fields({ body: 1 }, { method: 'GET' })).toThrow('is not possible with the method GET');
    });
  });
});
