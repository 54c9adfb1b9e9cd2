import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeTimerId } from '#contracts/timer-id.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

const YEAR_MS = 365 * 86_400_000;

describe('the API of timers', () => {
  let system: System;
  let receiver: Receiver;

  beforeAll(async () => {
    [system, receiver] = await Promise.all([System.start({ database: true }), Receiver.start()]);
  });

  afterAll(async () => {
    await receiver.stop();
    await system.stop();
  });

  describe('POST /timers', () => {
    it('answers 201 with the timer and where it is found', async () => {
      const url = receiver.url('/hook');
      const before = Date.now();
      const { body, headers } = await system
        .api()
        .post('/timers')
        .send({ hours: 1, minutes: 2, seconds: 3, url })
        .expect(201);
      const after = Date.now();
      expect(body).toEqual({
        id: expect.any(String),
        status: 'scheduled',
        url,
        fire_at: expect.any(String),
        time_left: 3723,
        next_attempt_at: body.fire_at,
        attempts: 0,
        version: 0,
      });
      expect(headers.location).toBe(`/timers/${body.id}`);
      expect(headers.etag).toBe('"0"');
      const dueMs = Date.parse(body.fire_at);
      expect(dueMs).toBeGreaterThanOrEqual(before + 3_723_000);
      expect(dueMs).toBeLessThanOrEqual(after + 3_723_000);
      expect(body.fire_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      await system
        .api()
        .get(headers.location as string)
        .expect(200);
    });

    it('takes hours, minutes and seconds of any size up to the horizon', async () => {
      const { time_left } = await system.post({ minutes: 90, seconds: 3_600, url: receiver.url('/') });
      expect(time_left).toBe(9_000);
      await system.post({ hours: 3_653 * 24, url: receiver.url('/') });
      await refused(
        { hours: 3_653 * 24, seconds: 1, url: receiver.url('/') },
        'hours, minutes, seconds',
        /at most 3653 days/,
      );
      await refused(
        { hours: 1e308, minutes: 1e308, url: receiver.url('/') },
        'hours, minutes, seconds',
        /at most 3653 days/,
      );
    });

    it.each([
      ['a negative number', { seconds: -1 }, 'seconds', /whole number ≥ 0, got -1/],
      ['a fraction', { minutes: 1.5 }, 'minutes', /whole number ≥ 0, got 1.5/],
      ['a number as text', { hours: '1' }, 'hours', /whole number ≥ 0, got "1"/],
      ['null', { seconds: null }, 'seconds', /whole number ≥ 0, got null/],
      ['a list', { seconds: [1] }, 'seconds', /whole number ≥ 0/],
      ['an unknown property', { second: 1 }, 'second', /not a known property/],
      ['no url', { url: undefined }, 'url', /http:\/\/ or https:\/\/ URL, got nothing/],
      ['a url that is no text', { url: 5 }, 'url', /http:\/\/ or https:\/\/ URL/],
      ['a url of another scheme', { url: 'ftp://example.com' }, 'url', /http:\/\/ or https:\/\/ URL/],
      ['a relative url', { url: '/hook' }, 'url', /http:\/\/ or https:\/\/ URL/],
      ['a url without a host', { url: 'http:///hook' }, 'url', /http:\/\/ or https:\/\/ URL/],
      ['a url with a space', { url: 'http://example.com/a b' }, 'url', /spaces/],
      ['a url with a backslash', { url: 'http://example.com\\@evil.com' }, 'url', /backslashes/],
      ['a url with a newline', { url: 'http://example.com/\r\nx: y' }, 'url', /control characters/],
      ['a url with a password', { url: 'http://user:secret@example.com' }, 'url', /user name or password/],
      [
        'a url that is too long',
        { url: `http://example.com/${'x'.repeat(2048)}` },
        'url',
        /at most 2048 characters/,
      ],
      ['an id in the place of a host', { url: 'http://{id}.example.com/' }, 'url', /host name or IP address/],
    ])('refuses %s and says where and what is allowed', async (_what, wrong, field, message) => {
      await refused({ seconds: 1, url: receiver.url('/'), ...wrong }, field, message);
    });

    it.each([
      ['broken JSON', '{"seconds": 1,', 'application/json', 400],
      ['an empty body', '', 'application/json', 400],
      ['a list as body', '[]', 'application/json', 400],
      ['null as body', 'null', 'application/json', 400],
      ['a text as body', '"x"', 'application/json', 400],
      ['nesting without end', '['.repeat(10_000) + ']'.repeat(10_000), 'application/json', 400],
      [
        'a poisoned prototype',
        '{"__proto__": {"seconds": 1}, "url": "http://example.com"}',
        'application/json',
        400,
      ],
      ['half a character', '{"url": "http://example.com/\\ud800"}', 'application/json', 400],
      ['plain text', '{"seconds": 1}', 'text/plain', 415],
      ['a form', 'seconds=1', 'application/x-www-form-urlencoded', 415],
      ['a body over the limit', JSON.stringify({ url: 'x'.repeat(300_000) }), 'application/json', 413],
    ])('refuses %s', async (_what, text, type, status) => {
      const { body, headers } = await system
        .api()
        .post('/timers')
        .set('content-type', type)
        .send(text)
        .expect(status);
      expect(headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(body).toMatchObject({
        type: expect.stringMatching(/^urn:timekeeper:problem:/),
        status,
        instance: '/timers',
      });
    });

    it.each([
      ['', 'application/json', 'The body is empty, and must be a JSON object as its content-type says.'],
      ['7', 'application/json', 'body must be a JSON object, got 7'],
      ['x', 'text/plain', 'Unsupported Media Type: text/plain. The body must be application/json.'],
      ['x=1', 'application/x-www-form-urlencoded', /urlencoded\. The body must be application\/json\.$/],
    ])('says of the body %j as %s what it must be', async (text, type, detail) => {
      const { body } = await system.api().post('/timers').set('content-type', type).send(text);
      expect((body as { detail: string }).detail).toMatch(detail);
    });
  });

  describe('GET /timers/:id', () => {
    it('counts down in whole seconds, rounded up, and never below 0', async () => {
      const { id, fire_at } = await system.post({ seconds: 2, url: receiver.url('/countdown') });
      const { time_left } = await system.get(id);
      expect(time_left).toBeLessThanOrEqual(2);
      expect(time_left).toBeGreaterThanOrEqual(1);
      await receiver.received('/countdown', 1);
      expect(await system.get(id)).toMatchObject({ time_left: 0, fire_at });
    });

    it('answers 404 for a timer that is not there', async () => {
      const future = encodeTimerId({ dueMs: Date.now() + YEAR_MS, index: 0, groupKey: '8000000000000001' });
      for (const id of [randomUUID(), future]) {
        const { body } = await system.api().get(`/timers/${id}`).expect(404);
        expect(body).toMatchObject({ status: 404, detail: `There is no timer ${id}.` });
      }
    });

    it('answers 404 for another index or another due time in a group that is there', async () => {
      const { id } = await system.post({ hours: 1, url: receiver.url('/') });
      const wrongIndex = id.replace(/-8000-/, '-8001-');
      const wrongDue = `00000000${id.slice(8)}`;
      for (const wrong of [wrongIndex, wrongDue]) await system.api().get(`/timers/${wrong}`).expect(404);
    });

    it('answers 400 for an id that is no UUID', async () => {
      const { body } = await system.api().get('/timers/abc').expect(400);
      expect(body.errors).toEqual([{ field: 'id', message: 'must be a UUID, got "abc"' }]);
    });

    it('takes an id in upper case', async () => {
      const { id } = await system.post({ hours: 1, url: receiver.url('/') });
      expect((await system.get(id.toUpperCase())).id).toBe(id);
    });

    it('knows from the id alone that a timer whose record is gone was due', async () => {
      const dueMs = Date.now() - 40 * 86_400_000;
      const id = encodeTimerId({ dueMs, index: 7, groupKey: '8000000000000001' });
      expect(await system.get(id)).toEqual({
        ...{ id, status: 'purged', url: null, time_left: 0, next_attempt_at: null },
        fire_at: new Date(dueMs).toISOString(),
      });
    });
  });

  describe('everything else', () => {
    it.each([
      ['/timers/%zz', 400],
      [`/timers/${'a'.repeat(5_000)}`, 400],
    ])('answers an unreadable path with problem details: %.20s', async (path, status) => {
      const { headers } = await system.api().get(path).expect(status);
      expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    });

    it('gives an answer of bounded size to a body with any number of errors', async () => {
      const wrong = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`unknown${i}`, 1]));
      const { body, text } = await system.api().post('/timers').send(wrong).expect(400);
      expect(body.errors).toHaveLength(20);
      expect(text.length).toBeLessThan(5_000);
    });

    it('answers wrong paths and methods with problem details', async () => {
      const { body } = await system.api().get('/nothing').expect(404);
      expect(body).toMatchObject({ title: 'Not Found', instance: '/nothing' });
      const { body: wrongMethod, headers } = await system.api().put('/timers').send({}).expect(405);
      expect(wrongMethod.detail).toBe('PUT is not possible at /timers, allowed is GET, POST, DELETE.');
      expect(headers.allow).toBe('GET, POST, DELETE');
    });

    it.each([
      [
        'headers without an end',
        `GET /timers HTTP/1.1\r\nhost: a\r\nx-long: ${'a'.repeat(20_000)}\r\n\r\n`,
        431,
      ],
      ['what is no HTTP', 'hello\r\n\r\n', 400],
      [
        'two lengths',
        'POST /timers HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
        400,
      ],
    ])('answers %s with problem details', async (_what, sent, status) => {
      const { hostname, port } = new URL(system.server.url);
      const socket = connect(Number(port), hostname);
      socket.write(sent);
      const chunks: Buffer[] = [];
      for await (const chunk of socket) chunks.push(chunk as Buffer);
      const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
      expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*content-type: application/problem\\+json`));
      expect(JSON.parse(body)).toMatchObject({ type: 'urn:timekeeper:problem:http', status });
    });

    it('tells the methods of a path that is no id, and knows all methods of HTTP', async () => {
      const { headers } = await system.api().options('/timers/batch').expect(405);
      expect(headers.allow).toBe('POST');
      for (const method of ['QUERY', 'PROPFIND']) {
        const answer = await fetch(`${system.server.url}/timers`, { method });
        expect([method, answer.status]).toEqual([method, 405]);
      }
    });

    it('tells on both apps whether they live and are ready', async () => {
      for (const app of system.apps) {
        await system.api(app).get('/health/live').expect(200);
        const { body } = await system.api(app).get('/health/ready').expect(200);
        expect(body.details.engine).toMatchObject({ status: 'up' });
      }
      const { body } = await system.api(system.worker).get('/health/ready');
      expect(body.details.polling).toMatchObject({ status: 'up' });
    });

    it('shows Swagger UI, and an OpenAPI 3.1 document that says all that can be answered', async () => {
      const { text } = await system.api().get('/api-docs').expect(200);
      expect(text).toContain('swagger-ui');
      const { body } = await system.api().get('/api-docs-json').expect(200);
      expect(body.openapi).toBe('3.1.0');
      expect(Object.keys(body.paths['/timers'].post.responses)).toEqual([
        '201',
        '400',
        '401',
        '403',
        '409',
        '413',
        '415',
        '422',
        '429',
        '500',
        '503',
      ]);
      expect(Object.keys(body.paths['/timers/{id}'].get.responses)).toEqual([
        '200',
        '400',
        '401',
        '403',
        '404',
        '429',
        '500',
        '503',
      ]);
    });

    it('accepts every example of its own document', async () => {
      const { body } = await system.api().get('/api-docs-json');
      for (const path of ['/timers', '/timers/batch']) {
        const { examples } = body.paths[path].post.requestBody.content['application/json'];
        for (const { value } of Object.values(examples as Record<string, { value: object }>)) {
          const response = await system.api().post(path).send(value);
          const results = (response.body.results ?? [response]) as { status: number }[];
          expect(results.map(({ status }) => status)).toEqual(results.map(() => 201));
        }
      }
    });
  });

  async function refused(body: object, field: string, message: RegExp): Promise<void> {
    const response = await system.api().post('/timers').send(body).expect(400);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.body).toMatchObject({
      type: 'urn:timekeeper:problem:validation',
      title: 'Bad Request',
      status: 400,
    });
    expect(response.body.errors).toEqual([{ field, message: expect.stringMatching(message) }]);
  }
});
