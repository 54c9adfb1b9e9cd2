import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UnsubscribeLinks } from '#messages/unsubscribe-link.js';
import { newAdminToken, Operator, withApiKeys } from '../support/accounts.js';
import { System } from '../support/system.js';

const SCOPES = ['templates:read', 'templates:write', 'suppressions:read', 'suppressions:write'];
const PUBLIC_URL = 'https://timekeeper.example.com';
const MEBIBYTE = 1_048_576;
/** Of the server: smaller than what is imported, and it has to collect its garbage. */
const HEAP_MEBIBYTES = 112;

let system: System;
let operator: Operator;
let keys: Record<'acme' | 'other' | 'reader', string>;

beforeAll(async () => {
  const adminToken = newAdminToken();
  const env = { PUBLIC_URL, NODE_OPTIONS: `--max-old-space-size=${HEAP_MEBIBYTES}` };
  system = await System.start({ ...withApiKeys(adminToken, env), workers: 0 });
  operator = new Operator(system, adminToken);
  await Promise.all(['acme', 'other'].map((tenant) => operator.tenant(tenant)));
  const keyOf = async (tenant: string, scopes = SCOPES) => (await operator.key(tenant, scopes)).key;
  keys = {
    ...{ acme: await keyOf('acme'), other: await keyOf('other') },
    reader: await keyOf('acme', ['timers:read']),
  };
});

afterAll(() => system.stop());

type Method = 'get' | 'post' | 'put' | 'delete';
const ask = (method: Method, path: string, body?: object, key = keys.acme) => {
  const request = system.api()[method](path).auth(key, { type: 'bearer' });
  return body ? request.send(body) : request;
};

describe('templates', () => {
  const parts = { subject: 'Order {{ order.id }}', text: 'Hi {{ name }}', html: '<p>{{ name }}</p>' };

  it('are stored in versions that never change', async () => {
    const { body, headers } = await ask('post', '/templates', { name: 'shipped', ...parts }).expect(201);
    expect(body).toMatchObject({ name: 'shipped', version: 1, ...parts });
    expect(headers.location).toBe('/templates/shipped');
    const second = await ask('put', '/templates/shipped', { text: 'new' }).expect(200);
    expect(second.body).toMatchObject({ version: 2, subject: null, text: 'new', html: null });
    await ask('get', '/templates/shipped').expect(200, second.body);
    await ask('get', '/templates/shipped?version=1').expect(200, body);
    await ask('get', '/templates/shipped?version=3').expect(404);
    const versions = await ask('get', '/templates/shipped/versions?limit=1').expect(200);
    expect(versions.body.data).toMatchObject([{ version: 2 }]);
    const older = await ask('get', `/templates/shipped/versions?cursor=${versions.body.next_cursor}`);
    expect(older.body).toMatchObject({ data: [{ version: 1 }], next_cursor: null });
  });

  it('are listed by name in pages, and gone when deleted', async () => {
    for (const name of ['a', 'b', 'c']) await ask('post', '/templates', { name, text: 'x' }, keys.other);
    const first = await ask('get', '/templates?limit=2', undefined, keys.other).expect(200);
    expect(first.body.data).toMatchObject([{ name: 'a' }, { name: 'b' }]);
    const path = `/templates?limit=2&cursor=${first.body.next_cursor}`;
    const second = await ask('get', path, undefined, keys.other).expect(200);
    expect(second.body).toMatchObject({ data: [{ name: 'c' }], next_cursor: null });
    await ask('delete', '/templates/b', undefined, keys.other).expect(204);
    await ask('delete', '/templates/b', undefined, keys.other).expect(404);
    await ask('get', '/templates/b', undefined, keys.other).expect(404);
    const again = await ask('post', '/templates', { name: 'b', text: 'y' }, keys.other).expect(201);
    expect(again.body.version).toBe(2);
  });

  it('are created once, and once for an Idempotency-Key', async () => {
    const create = (name: string, key: string) =>
      ask('post', '/templates', { name, text: 'x' }).set('idempotency-key', key);
    const [one, two] = await Promise.all([create('once', 'k1'), create('once', 'k1')]);
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(one.body).toEqual(two.body);
    expect([one, two].map(({ headers }) => headers['idempotency-replayed'])).toContain('true');
    const reused = await create('twice', 'k1').expect(422);
    expect(reused.body.type).toBe('urn:timekeeper:problem:idempotency-key-reused');
    await create('once', 'k2').expect(409);
    await ask('post', '/templates', { name: 'once', text: 'x' }).expect(409);
  });

  it('are shown as they would be sent', async () => {
    await ask('post', '/templates', { name: 'preview', ...parts }).expect(201);
    const data = { name: '<Ada>', order: { id: 7 } };
    await ask('post', '/templates/preview/preview', { data }).expect(200, {
      ...{ version: 1, subject: 'Order 7', text: 'Hi <Ada>', html: '<p>&lt;Ada&gt;</p>' },
    });
    const missing = await ask('post', '/templates/preview/preview', { data: { name: 'Ada' } }).expect(400);
    expect(missing.body.errors).toEqual(
      [
        {
          field: 'data.order.id',
          message: 'is missing: subject, line 1: the variable order is missing',
        },
      ].map((error) => ({ ...error, field: 'data.order' })),
    );
    await ask('post', '/templates/preview/preview', { data, version: 9 }).expect(404);
  });

  it.each([
    [{ text: 'a\n{% include "/etc/passwd" %}' }, 'text', 'line 2: tag "include" not found'],
    [{ html: '{{ name | shout }}' }, 'html', 'line 1: undefined filter: shout'],
    [{ subject: '{{ x', text: 'x' }, 'subject', 'line 1: output "{{ x" not closed'],
    [{ subject: 'x' }, 'text', 'must be there, or html must be'],
    [
      { subject: '{{ unsubscribe_url }}', text: 'x' },
      'subject',
      'must not have {{ unsubscribe_url }}, which text and html may',
    ],
    [{ text: 'a\0b' }, 'text', 'must not have NUL or half characters in it, got "a\\u0000b"'],
  ])('are refused at once where they can not be read: %j', async (broken, field, message) => {
    const { body } = await ask('post', '/templates', { name: 'broken', ...broken }).expect(400);
    expect(body.errors).toEqual([{ field, message }]);
    await ask('get', '/templates/broken').expect(404);
  });

  it('that are hostile end soon, and hold nobody up for long', async () => {
    const range = '{% assign r = (1..90000) %}';
    const text = `${range}{% for a in r %}{% for b in r %}{% endfor %}{% endfor %}`;
    await ask('post', '/templates', { name: 'hostile', text }).expect(201);
    const beforeMs = performance.now();
    const { body } = await ask('post', '/templates/hostile/preview', {}).expect(400);
    expect(body.errors).toEqual([{ field: 'text', message: 'it takes longer than 500 ms' }]);
    expect(performance.now() - beforeMs).toBeLessThan(5_000);
    await ask('post', '/templates', { name: 'huge', text: '{% for i in (1..900000000) %}x{% endfor %}' });
    await ask('post', '/templates/huge/preview', {}).expect(400);
    await system.api().get('/health/live').expect(200);
  });

  it('of another tenant are not there, and a key needs its scope', async () => {
    await ask('post', '/templates', { name: 'mine', text: 'secret' }).expect(201);
    for (const [method, path, body] of [
      ['get', '/templates/mine'],
      ['get', '/templates/mine/versions'],
      ['put', '/templates/mine', { text: 'x' }],
      ['post', '/templates/mine/preview', {}],
      ['delete', '/templates/mine'],
    ] as const) {
      await ask(method, path, body, keys.other).expect(404);
      await ask(method, path, body, keys.reader).expect(403);
    }
    await ask('get', '/templates/a%20b').expect(400);
    expect((await ask('get', '/templates/mine').expect(200)).body).toMatchObject({ text: 'secret' });
  });
});

describe('suppressions', () => {
  const exported = async (key = keys.acme) => (await ask('get', '/suppressions/export', undefined, key)).text;
  const send = (type: string, body: string | Buffer, key = keys.acme) =>
    system
      .api()
      .post('/suppressions/import')
      .auth(key, { type: 'bearer' })
      .type(type)
      .serialize((each: unknown) => each as string)
      .send(body as string);

  it('are put on the list, found in any case, and taken off', async () => {
    const address = 'Ada@Example.com';
    const { body } = await ask('post', '/suppressions', { address, detail: 'by phone' }).expect(201);
    expect(body).toMatchObject({ address: 'ada@example.com', reason: 'manual', detail: 'by phone' });
    await ask('post', '/suppressions', { address, reason: 'bounced' }).expect(200, body);
    await ask('get', `/suppressions/${address}`).expect(200, body);
    await ask('get', `/suppressions/${address}`, undefined, keys.other).expect(404);
    await ask('delete', `/suppressions/${address}`, undefined, keys.other).expect(404);
    await ask('delete', `/suppressions/${address}`).expect(204);
    await ask('delete', `/suppressions/${address}`).expect(404);
    await ask('get', '/suppressions/%00').expect(404);
  });

  it.each([
    [{ address: 'ada' }, 'address'],
    [{ address: 'a@x.example', reason: 'because' }, 'reason'],
    [{ address: 'a@x.example', detail: 'a\0' }, 'detail'],
    [{ address: 'a@x.example', why: 'x' }, 'why'],
  ])('are refused where they are wrong: %j', async (body, field) => {
    const answer = await ask('post', '/suppressions', body).expect(400);
    expect(answer.body.errors).toMatchObject([{ field }]);
  });

  it('come back as they were exported, and no spreadsheet takes them for formulas', async () => {
    const lines = [
      { address: '=cmd@x.example', reason: 'complained', detail: '=1+1,"a"\nb' },
      { address: 'plain@x.example', reason: 'bounced', created_at: '2020-01-02T03:04:05.000Z' },
    ];
    const ndjson = lines.map((line) => JSON.stringify(line)).join('\n');
    const first = await send('application/x-ndjson', ndjson).expect(200);
    expect(first.body).toEqual({ added: 2, known: 0, invalid: 0, invalid_lines: [] });
    const csv = await exported();
    expect(csv).toContain(`'=cmd@x.example,complained,"'=1+1,""a""\nb",`);
    expect(csv).toContain('plain@x.example,bounced,,2020-01-02T03:04:05.000Z\r\n');
    expect(await exported(keys.other)).toBe('address,reason,detail,created_at\r\n');
    expect((await send('text/csv', csv, keys.other).expect(200)).body.added).toBe(2);
    expect(await exported(keys.other)).toBe(csv);
    const page = await ask('get', '/suppressions?reason=bounced').expect(200);
    expect(page.body.data).toMatchObject([{ address: 'plain@x.example' }]);
  });

  it('that are wrong in an import are counted and named, and nothing is half stored', async () => {
    const csv =
      'address,reason\r\nn1@x.example,manual\r\nno address,manual\r\nn2@x.example,why\r\nn1@X.example,\r\nn3@x.example\r\n';
    const { body } = await send('text/csv; charset=utf-8', csv).expect(200);
    expect(body).toMatchObject({ added: 1, known: 1, invalid: 3 });
    expect(body.invalid_lines).toEqual([
      { line: 3, message: expect.stringMatching(/^address must be an e-mail address/) },
      { line: 4, message: expect.stringMatching(/^reason must be one of/) },
      { line: 6, message: 'has 1 columns, and line 1 has 2' },
    ]);
    const unknown = await send('text/csv', 'address,email\na@x.example,b\n').expect(200);
    expect(unknown.body.invalid_lines).toEqual([{ line: 2, message: 'email is not a known property' }]);
    const open = await send('text/csv', 'address\nn4@x.example\n"n5@x.example\n').expect(400);
    expect(open.body).toMatchObject({ type: 'urn:timekeeper:problem:malformed-body' });
    expect(open.body.detail).toMatch(/line 3/);
    await ask('get', '/suppressions/n4@x.example').expect(200);
    await ask('get', '/suppressions/n5@x.example').expect(404);
  });

  it('are taken of two types, and by no other route', async () => {
    await send('text/plain', 'address').expect(415);
    await ask('post', '/suppressions/import', { address: 'a@x.example' }).expect(415);
    await system.api().post('/suppressions/import').auth(keys.acme, { type: 'bearer' }).expect(415);
    const other = await system
      .api()
      .post('/suppressions')
      .auth(keys.acme, { type: 'bearer' })
      .type('application/x-ndjson')
      .send('{"address":"a@x.example"}')
      .expect(415);
    expect(other.body.type).toBe('urn:timekeeper:problem:unsupported-media-type');
    await send('text/csv', 'address\n', keys.reader).expect(403);
  });

  it('are imported and exported in any number, with flat memory', async () => {
    const rows = 100_000;
    const residentBytes = () => {
      const status = readFileSync(`/proc/${system.server.process.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1_024;
    };
    const detail = 'x'.repeat(900);
    const body = function* () {
      for (let row = 0; row < rows; row++)
        yield `${JSON.stringify({ address: `r${row}@many.example`, reason: 'bounced', detail })}\n`;
    };
    // Once, so that what the server has loaded and compiled by then does not count.
    await send('application/x-ndjson', [...body()].slice(0, 5_000).join('')).expect(200);
    const beforeBytes = residentBytes();
    let mostBytes = beforeBytes;
    const watch = setInterval(() => (mostBytes = Math.max(mostBytes, residentBytes())), 50);
    const answer = await fetch(`${system.server.url}/suppressions/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.acme}`, 'content-type': 'application/x-ndjson' },
      body: Readable.toWeb(Readable.from(body())),
      ...{ duplex: 'half' },
    });
    expect(await answer.json()).toEqual({ added: rows - 5_000, known: 5_000, invalid: 0, invalid_lines: [] });
    const csv = await fetch(`${system.server.url}/suppressions/export`, {
      headers: { authorization: `Bearer ${keys.acme}` },
    });
    let bytes = 0;
    for await (const chunk of csv.body as unknown as AsyncIterable<Uint8Array>) bytes += chunk.length;
    clearInterval(watch);
    expect(bytes).toBeGreaterThan(rows * 900);
    expect(mostBytes - beforeBytes).toBeLessThan(64 * MEBIBYTE);
  });
});

describe('a link to unsubscribe', () => {
  const address = 'Reader@x.example';
  const path = (tenant = 'acme') => {
    const secretsKey = Buffer.from(system.server.environment.SECRETS_KEY ?? '', 'base64');
    const links = new UnsubscribeLinks({ publicUrl: PUBLIC_URL, secretsKey });
    return links.linkFor(tenant, address).slice(PUBLIC_URL.length);
  };
  const reason = async () => (await ask('get', `/suppressions/${address}`)).body.reason as string | undefined;

  it('leads to a page that asks, changes nothing, and can run nothing', async () => {
    const { text, headers } = await system.api().get(path()).expect(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(text).toMatch(/<form method="post" action="[\w-]+">/);
    expect(text).toContain('r…@x.example');
    expect(text).not.toContain('reader');
    expect(text).not.toContain('<script');
    expect(await reason()).toBeUndefined();
  });

  it.each([
    ['application/x-www-form-urlencoded', 'List-Unsubscribe=One-Click'],
    [
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
    ],
  ])('opts out in one click (%s), and the page offers to undo it', async (type, body) => {
    const post = system.api().post(path()).set('content-type', type);
    const { text } = await post.send(body).expect(200);
    expect(text).toContain('You are unsubscribed');
    expect(await reason()).toBe('opted-out');
    const [, action = ''] = /action="([^"]+)"/.exec(text) ?? [];
    const undo = new URL(action, `${system.server.url}${path()}`).pathname;
    const undone = await system.api().post(undo).type('form').send('').expect(200);
    expect(undone.text).toContain('Welcome back');
    expect(await reason()).toBeUndefined();
    const [, back = ''] = /action="([^"]+)"/.exec(undone.text) ?? [];
    expect(new URL(back, `${system.server.url}${undo}`).pathname).toMatch(/^\/unsubscribe\/[\w-]+$/);
  });

  it('undoes nothing but itself, and concerns its tenant alone', async () => {
    await ask('post', '/suppressions', { address, reason: 'complained' }).expect(201);
    await system.api().post(path()).expect(200);
    const { text } = await system.api().post(`${path()}/undo`).expect(200);
    expect(text).toContain('You still get no e-mails');
    expect(await reason()).toBe('complained');
    await ask('get', `/suppressions/${address}`, undefined, keys.other).expect(404);
  });

  it('that is wrong leads to a page that says so, and to nothing else', async () => {
    for (const wrong of ['/unsubscribe/abc', `${path().slice(0, -2)}`, '/unsubscribe/%3Cscript%3E']) {
      for (const method of ['get', 'post'] as const) {
        const { text, headers } = await system.api()[method](wrong).expect(404);
        expect(headers['content-type']).toBe('text/html; charset=utf-8');
        expect(text).toContain('This link is not valid');
        expect(text).not.toContain('script');
      }
    }
  });
});
