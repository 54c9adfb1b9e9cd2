import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  asksForUnsubscribeUrl,
  UnsubscribeLinks,
  unsubscribeUrlProblem,
  withUnsubscribeUrl,
} from './unsubscribe-link.js';

describe('an unsubscribe link', () => {
  const publicUrl = 'https://tk.example/api';
  const links = new UnsubscribeLinks({ publicUrl, secretsKey: randomBytes(32) });
  const tokenOf = (link: string) => link.slice(`${publicUrl}/unsubscribe/`.length);
  const link = links.linkFor('acme', 'ada@example.com');

  it('says whose message to whom it is in', () => {
    expect(link.startsWith(`${publicUrl}/unsubscribe/`)).toBe(true);
    expect(links.read(tokenOf(link))).toEqual({ tenant: 'acme', address: 'ada@example.com' });
  });

  it('shows nothing of the address, and is url-safe', () => {
    expect(tokenOf(link)).toMatch(/^[\w-]{40,400}$/);
    expect(Buffer.from(tokenOf(link), 'base64url').toString('latin1')).not.toContain('ada');
  });

  it('is void when changed, cut, made with another key, or made up', () => {
    const token = tokenOf(link);
    const other = new UnsubscribeLinks({ publicUrl, secretsKey: randomBytes(32) });
    const changed = token.slice(0, 20) + (token[20] === 'A' ? 'B' : 'A') + token.slice(21);
    for (const each of [changed, token.slice(0, -4), '', 'x', '../..', 'a'.repeat(5_000)])
      expect(links.read(each)).toBeUndefined();
    expect(other.read(token)).toBeUndefined();
  });

  it.each([
    '{{ unsubscribe_url }}',
    '{{-unsubscribe_url-}}',
    '<a href="{{ unsubscribe_url | escape }}">',
    '{% assign out = unsubscribe_url %}',
  ])('is asked for by %s', (source) => {
    expect(asksForUnsubscribeUrl(`Hello {{ name }}, ${source}`)).toBe(true);
  });

  it.each(['unsubscribe_url', '{{ name }} unsubscribe_url {{ name }}', '{{ my_unsubscribe_url }}'])(
    'is not asked for by %s',
    (source) => {
      expect(asksForUnsubscribeUrl(source)).toBe(false);
    },
  );

  it.each(['{{ unsubscribe_url | url_encode }}', '{{- unsubscribe_url|escape|upcase -}}'])(
    'can not go through a filter, of which it would not come out: %s',
    (source) => expect(unsubscribeUrlProblem(source)).toMatch(/by (url_encode|escape): the link/),
  );

  it.each(['{{ unsubscribe_url }}', '{{ unsubscribe_url | raw }}', '{{ url | upcase }}'])(
    'is fine in %s',
    (source) => expect(unsubscribeUrlProblem(source)).toBeUndefined(),
  );

  it('takes the place that is left for it', () => {
    const text = 'a {{ unsubscribe_url }} b {{unsubscribe_url}} c {{ name }}';
    expect(withUnsubscribeUrl(text, 'https://x/$&')).toBe('a https://x/$& b https://x/$& c {{ name }}');
  });
});
