import { describe, expect, it } from '@jest/globals';
import { requestTarget, webhookUrlProblem } from './webhook-url.js';

describe('the url of a webhook', () => {
  it.each([
    'http://example.com',
    'https://example.com/a/b?c=d#e',
    'HTTPS://EXAMPLE.COM/',
    'http://127.0.0.1:8080/',
    'http://[::1]:8080/hook',
    'http://my_service.internal/',
    'https://bücher.example/ü?{id}',
  ])('may be %s', (url) => {
    expect(webhookUrlProblem(url)).toBeUndefined();
  });

  it.each([
    ['', /absolute http/],
    ['example.com', /absolute http/],
    ['//example.com', /absolute http/],
    ['http:/example.com', /absolute http/],
    ['http:example.com', /absolute http/],
    ['file:///etc/passwd', /absolute http/],
    ['javascript:alert(1)', /absolute http/],
    ['http://?x', /absolute http/],
    ['http://example.com:99999/', /absolute http/],
    ['http://exa mple.com/', /spaces/],
    [' http://example.com/', /absolute http/],
    ['http://example.com/\u0000', /control characters/],
    ['http://example.com\\@localhost/', /backslashes/],
    ['http://user@example.com/', /user name/],
    ['http://:secret@example.com/', /user name/],
    ['http://{id}.example.com/', /host name/],
    [`http://${'a.'.repeat(127)}com/`, /host name/],
    ['http://example.com/\ud800', /Unicode/],
    [`http://example.com/${'x'.repeat(2030)}`, /at most 2048 characters, has 2049/],
  ])('must not be %j', (url, problem) => {
    expect(webhookUrlProblem(url)).toMatch(problem);
  });

  it.each([
    ['http://example.com', 'http://example.com', '/'],
    ['http://example.com?a=1', 'http://example.com', '/?a=1'],
    ['https://example.com:443/a/../b/%2e', 'https://example.com', '/a/../b/%2e'],
    ['http://example.com/{id}?x={id}&y={other}#{id}', 'http://example.com', '/ID?x=ID&y={other}'],
    ['http://bücher.example/ü/€', 'http://xn--bcher-kva.example', '/%C3%BC/%E2%82%AC'],
    ['http://example.com/a?b#c?d', 'http://example.com', '/a?b'],
  ])('%s is asked for as it is written', (url, origin, path) => {
    expect(requestTarget(url, 'ID')).toEqual({ origin, path });
  });
});
