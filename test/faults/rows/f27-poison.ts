import type { Row } from '../row.js';

/** BODY_LIMIT_BYTES. */
const LIMIT_BYTES = 262_144;
const DEEP = 10_000;

/** Requests that must be refused as a whole: what they are, their bytes, and the statuses that are right. */
const REFUSED: [string, (url: string) => Buffer, number[]][] = [
  ['nothing', () => Buffer.alloc(0), [400]],
  ['one byte more than the limit', (url) => padded(url, LIMIT_BYTES + 1), [413]],
  ['bytes that are no UTF-8', (url) => Buffer.from(`{"url":"${url}","body":"\xff\xfe"}`, 'latin1'), [400]],
  ['a null byte in the url', (url) => Buffer.from(JSON.stringify({ url: `${url}\0` })), [400]],
  [
    '10,000 levels of lists',
    (url) => Buffer.from(`{"url":"${url}","body":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`),
    [400, 413],
  ],
  ['__proto__ at the top', (url) => Buffer.from(`{"url":"${url}","__proto__":{"admin":true}}`), [400]],
  [
    'constructor.prototype',
    (url) => Buffer.from(`{"url":"${url}","body":{"constructor":{"prototype":1}}}`),
    [400],
  ],
  ['a header with CRLF', (url) => Buffer.from(JSON.stringify({ url, headers: { a: 'b\r\nc: d' } })), [400]],
  ['half a JSON', (url) => Buffer.from(`{"url":"${url}"`), [400]],
];

/** Bodies that are odd, and to be delivered byte by byte. */
const ODD: unknown[] = [
  ...['', null, 0, [], {}, '\u0000', '\ud800', '\u{1f4a3}', '\r\n\r\n'],
  ...[1e308, -0.1, { a: { b: ['\u2028'] } }, { constructor: 1 }],
];

export const poison: Row = {
  id: 'F27',
  title: 'Poison input: too large, too deep, no UTF-8, null bytes, __proto__, CRLF, lone surrogates',
  async run(field) {
    const { driver, stage } = field;
    const healthy = driver.setAll(field.spread(100, 3, 10, ''));
    for (const [what, bytesOf, allowed] of REFUSED) {
      const response = await fetch(`${stage.system.server.url}/timers`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
        body: new Uint8Array(bytesOf(field.url())),
      });
      const answer = (await response.json()) as { title?: string };
      field.expect(
        `${what} is refused (${response.status} ${answer.title})`,
        allowed.includes(response.status),
      );
    }
    const statuses = await driver.setAll(
      ODD.map((body) => ({ url: field.url(), seconds: 3, more: { body } })),
    );
    for (const [index, status] of statuses.entries())
      field.expect(`the body ${JSON.stringify(ODD[index])} is taken (${status})`, status === 201);
    const largest = field.url();
    const { status } = await driver.set({
      ...{ url: largest, seconds: 3 },
      more: { body: JSON.parse(padded(largest, LIMIT_BYTES - 200).toString()) as object },
    });
    field.expect(`a body close to the limit is taken (${status})`, status === 201);
    await healthy;
    await driver.settle(60_000);
    const alive = stage.system.workers.every((worker) => worker.process.alive);
    field.expect('the workers are still there', alive);
  },
};

/** A request of exactly so many bytes. */
function padded(url: string, bytes: number): Buffer {
  const frame = JSON.stringify({ url, body: '' });
  return Buffer.from(JSON.stringify({ url, body: 'x'.repeat(bytes - frame.length) }));
}
