import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { App } from '../support/app.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { Blasts } from '../support/blasts.js';
import { Mailbox } from '../support/mailbox.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

const SMTP_PASSWORD = 'password-of-the-tests';
const ADMIN_TOKEN = 'operator-of-the-tests-0123456789abcdef';

describe('A blast', () => {
  let system: System;
  let receiver: Receiver;
  let mailbox: Mailbox;
  let blasts: Blasts;

  const people = (name: string, count: number, more: object = {}) =>
    Array.from({ length: count }, (_, index) => ({
      address: `${name}-${index}@example.com`,
      data: { name: `${name} ${index}` },
      ...more,
    }));
  const mail = (more: object = {}) => ({
    channel: 'email',
    email: { subject: 'News for {{ name }}', text: 'Hello {{ name }}!' },
    ...more,
  });

  const hooks = (path: string, count: number, more: object = {}) =>
    Array.from({ length: count }, (_, index) => ({
      url: receiver.url(`${path}/${index}`),
      data: { index },
      ...more,
    }));
  const webhook = (more: object = {}) => ({ channel: 'webhook', webhook: {}, ...more });
  const setTenant = (change: object) =>
    system
      .api()
      .patch('/tenants/default')
      .set('authorization', `Bearer ${ADMIN_TOKEN}`)
      .send(change)
      .expect(200);
  /** What the recipient at this place would get. */
  const previewOf = async (id: string, index: number): Promise<object> => {
    const n = (await blasts.recipients(id))[index]?.n;
    const { body } = await system.api().get(`/blasts/${id}/recipients/${n}/preview`).expect(200);
    return body as object;
  };
  const setCredit = (message_credit: number | null) => setTenant({ message_credit });
  /** How often each of these got a mail. */
  const mailsTo = (name: string) => {
    const counts = new Map<string, number>();
    for (const each of mailbox.mails) {
      const to = new RegExp(`^To: (${name}-\\d+@example.com)\r$`, 'm').exec(each)?.[1];
      if (to) counts.set(to, (counts.get(to) ?? 0) + 1);
    }
    return counts;
  };

  beforeAll(async () => {
    [receiver, mailbox] = await Promise.all([Receiver.start(), Mailbox.start()]);
    system = await System.start({
      ...{ workers: 2, database: true },
      env: { SMTP_URL: mailbox.urlWithLogin('shop', SMTP_PASSWORD), ADMIN_TOKEN },
    });
    blasts = new Blasts(system);
  });
  afterAll(async () => {
    await system?.stop();
    await Promise.all([receiver?.stop(), mailbox?.stop()]);
  });

  it('sends to each recipient once, rendered for them', async () => {
    const id = await blasts.start(mail(), [
      ...people('first', 30),
      { address: 'FIRST-3@example.com', data: { name: 'again' } },
      { address: 'nobody', data: { name: 'x' } },
      { address: 'first-x@example.com' },
    ]);
    const { counts } = await blasts.reached(id, 'finished');
    expect(counts).toMatchObject({ total: 33, sent: 30, duplicate: 1, skipped: 1, failed: 1 });
    const [failed] = await blasts.recipients(id, '&status=failed');
    expect(failed).toMatchObject({
      address: 'first-x@example.com',
      reason: expect.stringContaining('name is missing'),
    });
    const mails = mailbox.mails.filter((each) => each.includes('Subject: News for first 7\r\n'));
    expect(mails).toHaveLength(1);
    expect(mails[0]).toContain('Hello first 7!');
    expect(mailbox.mails).toHaveLength(30);
  });

  it('shows what somebody would get before anything is sent, and can be mended when that was overlooked', async () => {
    const wrong = { subject: 'News', text: 'Hello {{ nmae }}!' };
    const id = await blasts.create(mail({ email: wrong }));
    await blasts.upload(id, people('mended', 3));
    const preview = () => previewOf(id, 0);
    expect(await preview()).toMatchObject({
      ...{ subject: null, text: null, problem: expect.stringContaining('the variable nmae is missing') },
    });
    await system.api().get(`/blasts/${id}/recipients/999999999/preview`).expect(404);
    await blasts.tell(id, 'start');
    expect((await blasts.reached(id, 'finished')).counts).toMatchObject({ total: 3, failed: 3 });

    const change = (body: object) => system.api().patch(`/blasts/${id}`).send(body);
    const broken = await change({ email: { ...wrong, text: '{{ name' } }).expect(400);
    expect(broken.body.errors).toMatchObject([{ field: 'email.text' }]);
    await change({ webhook: {} }).expect(400);
    await change({ email: { ...wrong, text: 'Hello {{ name }}!' }, name: 'both' }).expect(409);
    await change({ email: { ...wrong, text: 'Hello {{ name }}!' } }).expect(200);
    expect(await preview()).toMatchObject({ subject: 'News', text: 'Hello mended 0!', problem: null });
    await blasts.tell(id, 'retry');
    expect((await blasts.reached(id, 'finished')).counts).toMatchObject({ total: 3, sent: 3 });
    expect(mailbox.mails.filter((each) => each.includes('Hello mended '))).toHaveLength(3);
  });

  it('shows where a request goes and what it says, and takes another body while it is paused', async () => {
    const id = await blasts.create(webhook({ webhook: { body: '{"n":{{ index }}}' }, rate: 1 }));
    await blasts.upload(id, hooks('/previewed', 5));
    expect(await previewOf(id, 4)).toMatchObject({
      url: receiver.url('/previewed/4'),
      body: '{"n":4}',
      subject: null,
    });
    await blasts.tell(id, 'start');
    await receiver.received('/previewed/0', 1);
    const changed = {
      webhook: { body: '{"changed":{{ index }}}', headers: { 'x-token': 'secret' } },
      rate: null,
    };
    await system.api().patch(`/blasts/${id}`).send({ webhook: changed.webhook }).expect(409);
    await blasts.tell(id, 'pause');
    await system.api().patch(`/blasts/${id}`).send(changed).expect(200);
    await blasts.tell(id, 'resume');
    await blasts.reached(id, 'finished');
    const [last] = await receiver.received('/previewed/4', 1);
    expect(last).toMatchObject({ body: '{"changed":4}', headers: { 'x-token': 'secret' } });
  });

  it('begins when it is told to, though it was to begin later', async () => {
    const scheduled_at = new Date(Date.now() + 3_600_000).toISOString();
    const id = await blasts.create(mail({ scheduled_at }));
    await system.api().post(`/blasts/${id}/start`).expect(409);
    await blasts.upload(id, people('sooner', 2));
    await blasts.tell(id, 'start');
    expect((await blasts.reached(id, 'finished')).counts).toMatchObject({ sent: 2 });
  });

  it('takes those with the same dedupe_key for one, and those with another for others, whatever their addresses', async () => {
    const id = await blasts.start(mail(), [
      ...people('same', 2, { dedupe_key: 'customer-1' }),
      ...people('other', 1, { dedupe_key: 'customer-2' }),
      ...people('other', 1, { dedupe_key: 'customer-3' }),
    ]);
    const { counts } = await blasts.reached(id, 'finished');
    expect(counts).toMatchObject({ total: 4, sent: 3, duplicate: 1 });
    expect(await blasts.recipients(id, '&status=duplicate')).toMatchObject([
      { address: 'same-1@example.com', attempts: 0 },
    ]);
    expect([...mailsTo('same')]).toEqual([['same-0@example.com', 1]]);
    expect([...mailsTo('other')]).toEqual([['other-0@example.com', 2]]);
  });

  it('sends signed requests with the data of each, which keep their ids', async () => {
    receiver.answer('/flaky/3', (_request, response, count) =>
      response.writeHead(count === 1 ? 503 : 200).end(),
    );
    receiver.answer('/flaky/4', (_request, response) => response.writeHead(400).end());
    const id = await blasts.start(
      webhook({ webhook: { body: '{"number": {{ index | json }}}' }, retry_delay: 'PT0.2S' }),
      hooks('/flaky', 6),
    );
    const { counts } = await blasts.reached(id, 'finished');
    expect(counts).toMatchObject({ total: 6, sent: 5, failed: 1 });
    const [first, second, ...more] = receiver.at('/flaky/3');
    expect(more).toHaveLength(0);
    expect(first?.body).toBe('{"number": 3}');
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(receiver.at('/flaky/4')).toHaveLength(1);
    expect(await blasts.recipients(id, '&status=failed')).toMatchObject([{ code: 400, attempts: 1 }]);

    // Again only those who have failed.
    receiver.answer('/flaky/4', (_request, response) => response.end());
    await blasts.tell(id, 'retry');
    const again = await blasts.reached(id, 'finished');
    expect(again.counts).toMatchObject({ total: 6, sent: 6, failed: 0 });
    expect(receiver.at('/flaky/')).toHaveLength(8);
    expect(receiver.at('/flaky/4')[1]?.headers['webhook-id']).toBe(
      receiver.at('/flaky/4')[0]?.headers['webhook-id'],
    );
    await system.api().post(`/blasts/${id}/retry`).expect(409);

    const events = async (index: number) =>
      (await blasts.activity(id, receiver.url(`/flaky/${index}`))).map(({ event, attempt, code }) => [
        ...[event, attempt, code],
      ]);
    expect(await events(0)).toEqual([['sent', 1, 200]]);
    expect(await events(3)).toEqual([
      ['deferred', 1, 503],
      ['sent', 2, 200],
    ]);
    expect(await events(4)).toEqual([
      ['failed', 1, 400],
      ['retried', null, null],
      ['sent', 1, 200],
    ]);
  });

  it('takes CSV, all of an upload or nothing, and one with a key once', async () => {
    const id = await blasts.create(mail());
    const upload = (csv: string, key?: string) => {
      const request = system.api().post(`/blasts/${id}/recipients`).set('content-type', 'text/csv');
      return (key === undefined ? request : request.set('idempotency-key', key)).send(csv);
    };
    const wrong = await upload('address,name\r\nada@example.com,Ada\r\n,Bob\r\n').expect(400);
    expect((wrong.body as { errors: object[] }).errors).toEqual([
      { field: 'line 3', message: 'has no address' },
    ]);
    expect((await blasts.get(id)).counts).toMatchObject({ total: 0 });
    const { body: type } = await upload('address\r\n').type('text/plain').expect(415);
    expect((type as { detail: string }).detail).toBe(
      'Unsupported Media Type: text/plain. The body must be application/x-ndjson or text/csv.',
    );
    const csv =
      'address,name,timezone\r\nada@example.com,"Ada, Lady",Europe/London\r\nbob@example.com,Bob,\r\n';
    expect((await upload(csv, 'upload-1').expect(200)).body).toEqual({ accepted: 2 });
    const replay = await upload(csv, 'upload-1').expect(200);
    expect(replay.headers['idempotency-replayed']).toBe('true');
    expect(replay.body).toEqual({ accepted: 2 });
    expect(await blasts.recipients(id)).toMatchObject([
      {
        address: 'ada@example.com',
        data: { name: 'Ada, Lady' },
        timezone: 'Europe/London',
        status: 'pending',
      },
      { address: 'bob@example.com', data: { name: 'Bob' }, timezone: null },
    ]);
    await system.api().delete(`/blasts/${id}`).expect(204);
    await system.api().get(`/blasts/${id}`).expect(404);
  });

  it('takes what was exported from another one, for the same recipients with the same keys and data', async () => {
    const exported = async (id: string) =>
      (await system.api().get(`/blasts/${id}/recipients/export`).expect(200)).text;
    const take = (id: string, csv: string) =>
      system.api().post(`/blasts/${id}/recipients`).set('content-type', 'text/csv').send(csv);
    /** Without what is of one blast alone. */
    const known = async (id: string) =>
      (await blasts.recipients(id)).map(({ address, data, timezone, dedupe_key }) => ({
        ...{ address, data, timezone, dedupe_key },
      }));
    const data = { status: 'VIP', n: 7, data: [null, 'a,"b"\r\nc'], formula: '=1+1', text: "'-", '': ' ' };
    const urls = [
      { url: receiver.url('/Exported/1'), data, timezone: 'Asia/Tokyo' },
      { url: `${receiver.url('/exported/2')}?${'x'.repeat(1_900)}`, data: { text: '語'.repeat(32_700) } },
      { url: receiver.url('/exported/3'), dedupe_key: '=HYPERLINK("x")', data: { text: '"'.repeat(16_000) } },
      { data: {} },
      { url: receiver.url('/Exported/1') },
    ];
    const mails = [
      { address: ' Ada@Example.com', data },
      { address: '+1@example.com', dedupe_key: "'=1" },
    ];
    const own = { url: receiver.url('/exported/all') };
    for (const [blast, people] of [[webhook({ webhook: own }), urls] as const, [mail(), mails] as const]) {
      const ended = await blasts.start(blast, people);
      await blasts.reached(ended, 'finished');
      const [first, second] = [await blasts.create(blast), await blasts.create(blast)];
      await take(first, await exported(ended)).expect(200, { accepted: people.length });
      await take(second, await exported(first)).expect(200, { accepted: people.length });
      expect(await known(first)).toEqual(await known(ended));
      expect(await known(second)).toEqual(await known(ended));
    }
  });

  it('refuses data in CSV that is no object of JSON, or beside other columns', async () => {
    const id = await blasts.create(mail());
    const problem = async (csv: string) => {
      const request = system.api().post(`/blasts/${id}/recipients`).set('content-type', 'text/csv').send(csv);
      return ((await request.expect(400)).body as { errors: { message: string }[] }).errors[0]?.message;
    };
    expect(await problem('address,data\r\na@x.example,Ada\r\n')).toContain('must have as its data an object');
    expect(await problem('address,name,data\r\na@x.example,Ada,{}\r\n')).toContain('unknown property "name"');
    expect(await problem(`address,data\r\na@x.example,"${'['.repeat(100)}"\r\n`)).toContain(
      'nested too deep',
    );
    await system.api().delete(`/blasts/${id}`).expect(204);
  });

  it('takes no other body for an upload that it has had, and stores nothing of it', async () => {
    const id = await blasts.create(mail());
    const upload = (names: string[], key: string) =>
      system
        .api()
        .post(`/blasts/${id}/recipients`)
        .set({ 'content-type': 'application/x-ndjson', 'idempotency-key': key })
        .send(names.map((name) => `{"address":"${name}@example.com"}\n`).join(''));
    await upload(['ada', 'bob'], 'people').expect(200);
    const other = await upload(['ada', 'eve', 'mallory'], 'people').expect(422);
    expect(other.body).toMatchObject({
      type: 'urn:timekeeper:problem:idempotency-key-reused',
      detail: 'This Idempotency-Key was used with another body for this blast.',
    });
    expect(await blasts.recipients(id)).toHaveLength(2);
    // Also where both come at once, and none of them finds the other.
    const both = await Promise.all([upload(['carol'], 'more'), upload(['dave', 'erin'], 'more')]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 422]);
    const stored = both.find(({ status }) => status === 200)?.body as { accepted: number };
    expect(await blasts.recipients(id)).toHaveLength(2 + stored.accepted);

    // One from before digests were kept is told by its key alone.
    const client = new pg.Client(system.database?.url('timekeeper'));
    await client.connect();
    await client.query("UPDATE blast_uploads SET body_digest = NULL WHERE key = 'people'");
    await client.end();
    expect((await upload(['frank'], 'people').expect(200)).body).toEqual({ accepted: 2 });
    await system.api().delete(`/blasts/${id}`).expect(204);
  });

  it('reads the rest of an upload that it has refused, so that its connection does not stay', async () => {
    const id = await blasts.create(mail());
    const { port } = new URL(system.server.url);
    const path = `/blasts/${id}/recipients`;
    const headers = { 'content-type': 'application/x-ndjson' };
    const agent = new http.Agent({ keepAlive: true });
    const request = http.request({ ...{ port, path, headers, agent }, method: 'POST' });
    const [answered, allSent] = [once(request, 'response'), once(request, 'finish')];
    request.write('{bad\n');
    request.end(`${JSON.stringify(people('refused', 1)[0])}\n`.repeat(100_000));
    const [response] = (await answered) as [http.IncomingMessage];
    expect(response.statusCode).toBe(400);
    response.resume();
    await allSent;
    await waitUntil('the connection is free', () => Object.keys(agent.freeSockets).length === 1);
    agent.destroy();
    expect((await blasts.get(id)).counts).toMatchObject({ total: 0 });
  });

  it('reads all of a body that is none of its uploads with flat memory', async () => {
    const id = await blasts.create(mail());
    const upload = async (rows: number) => {
      const body = function* () {
        for (let row = 0; row < rows; row++)
          yield `{"address":"r${row}@example.com","data":{"text":"${'x'.repeat(1_000)}"}}\n`;
      };
      const { status } = await fetch(`${system.server.url}/blasts/${id}/recipients`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': 'large' },
        body: Readable.toWeb(Readable.from(body())),
        ...{ duplex: 'half' },
      });
      return status;
    };
    const mostBytes = () => {
      const status = readFileSync(`/proc/${system.server.process.pid}/status`, 'utf8');
      return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1_024;
    };
    expect(await upload(1_000)).toBe(200);
    expect(await upload(10_000)).toBe(422);
    const beforeBytes = mostBytes();
    expect(await upload(150_000)).toBe(422);
    expect(mostBytes() - beforeBytes).toBeLessThan(64 * 1_048_576);
    expect((await blasts.get(id)).counts).toMatchObject({ total: 1_000 });
    await system.api().delete(`/blasts/${id}`).expect(204);
  });

  it('takes no upload without recipients, and starts without any only if it has a source', async () => {
    const id = await blasts.create(mail());
    const upload = (type: string, body: string) =>
      system.api().post(`/blasts/${id}/recipients`).set('content-type', type).send(body);
    for (const [type, body] of [
      ['application/x-ndjson', ''],
      ['application/x-ndjson', '\n \r\n'],
      ['text/csv', ''],
      ['text/csv', 'address,name\n'],
    ] as const) {
      const refusal = await upload(type, body).expect(400);
      expect(refusal.body).toMatchObject({
        type: 'urn:timekeeper:problem:malformed-body',
        detail: expect.stringMatching(/^The body (?:has no recipients|is empty)\. .*must/),
      });
    }
    const refused = await system.api().post(`/blasts/${id}/start`).expect(409);
    expect(refused.body).toMatchObject({
      ...{ type: 'urn:timekeeper:problem:blast-status', blast_status: 'draft' },
      detail: expect.stringContaining('has no recipients: upload them first'),
    });
    expect((await blasts.get(id)).status).toBe('draft');
    await upload('text/csv', 'address\nonly@example.com\n').expect(200);

    receiver.answer('/empty-source', (_request, response) => response.end('{"data":[]}'));
    const sourced = await blasts.start(mail({ source_url: receiver.url('/empty-source') }), []);
    // One that starts by itself has nobody to tell.
    const soon = new Date(Date.now() + 1_500).toISOString();
    const scheduled = await blasts.create(mail({ scheduled_at: soon }));
    for (const each of [sourced, scheduled])
      expect((await blasts.reached(each, 'finished')).counts).toMatchObject({ total: 0 });
    await system.api().delete(`/blasts/${id}`).expect(204);
  });

  it('is not started after its kill_at, and is once that was taken away', async () => {
    const kill_at = new Date(Date.now() + 1_500).toISOString();
    const id = await blasts.create(webhook({ kill_at }));
    await blasts.upload(id, hooks('/after-kill-at', 2));
    await waitUntil('its kill_at has passed', () => Date.now() > Date.parse(kill_at));
    const { body } = await system.api().post(`/blasts/${id}/start`).expect(409);
    expect(body).toMatchObject({
      blast_status: 'draft',
      detail: expect.stringContaining('its kill_at has passed'),
    });
    const scheduled_at = new Date(Date.now() + 3_600_000).toISOString();
    const refused = await system.api().patch(`/blasts/${id}`).send({ scheduled_at }).expect(400);
    expect(refused.body).toMatchObject({ errors: [{ field: 'kill_at' }] });
    await system.api().patch(`/blasts/${id}`).send({ kill_at: null }).expect(200);
    await blasts.tell(id, 'start');
    await blasts.reached(id, 'finished');
  });

  it('names in CSV the column that is missing and those that are there', async () => {
    const upload = (id: string, csv: string) =>
      system.api().post(`/blasts/${id}/recipients`).set('content-type', 'text/csv').send(csv);
    const [byMail, byUrl, toOne] = await Promise.all([
      blasts.create(mail()),
      blasts.create(webhook()),
      blasts.create(webhook({ webhook: { url: receiver.url('/one') } })),
    ]);
    const columns = await upload(byMail, 'email,name\nada@example.com,Ada\n').expect(400);
    expect((columns.body as { errors: object[] }).errors).toEqual([
      { field: 'line 1', message: 'must name a column address, names "email, name"' },
    ]);
    expect((await upload(byUrl, 'address\nada@example.com\n').expect(400)).body).toMatchObject({
      detail: 'line 1 must name a column url, names "address"',
    });
    await upload(toOne, 'name\nAda\n').expect(200);
    for (const id of [byMail, byUrl, toOne]) await system.api().delete(`/blasts/${id}`).expect(204);
  });

  it('is refused at a time that has passed, and with everything that is wrong at once', async () => {
    const errorsOf = async (request: object) => {
      const { body } = await system
        .api()
        .post('/blasts')
        .send({ name: 'test', ...request })
        .expect(400);
      return (body as { errors: { field: string; message: string }[] }).errors;
    };
    for (const scheduled_at of ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00']) {
      expect(await errorsOf(mail({ scheduled_at }))).toEqual([
        { field: 'scheduled_at', message: expect.stringMatching(/^must lie ahead of now .*got "2020-/) },
      ]);
    }
    const draft = await blasts.create(mail());
    const { body } = await system
      .api()
      .patch(`/blasts/${draft}`)
      .send({ scheduled_at: '2020-01-01T00:00:00Z' })
      .expect(400);
    expect(body).toMatchObject({ errors: [{ field: 'scheduled_at' }] });
    await system.api().delete(`/blasts/${draft}`).expect(204);

    const wrong = await errorsOf(
      mail({
        ...{ timezone: 'Mars/Base', retry_delay: 'P2D', source_url: 'x' },
        email: { subject: '{% if', text: '{{ a | b }}', from: 'x' },
      }),
    );
    const fields = wrong.map(({ field }) => field);
    expect(fields).toEqual([
      ...['timezone', 'retry_delay', 'email.from', 'email.subject', 'email.text', 'source_url'],
    ]);
    const { name } = (
      await system.api().post('/templates').send({ name: 'blast-news', subject: 'News', text: 'x' })
    ).body as { name: string };
    const template = async (which: object) => errorsOf(mail({ email: { template: which } }));
    expect(await template({ name: 'nothing' })).toEqual([
      {
        ...{ field: 'email.template.name' },
        message: 'must be the name of a template that exists: there is no template "nothing"',
      },
    ]);
    expect(await template({ name, version: 7 })).toEqual([
      {
        ...{ field: 'email.template.version' },
        message: 'must be a version that exists: "blast-news" has no version 7, its newest is 1',
      },
    ]);
  });

  it('says what can be asked for where its status does not allow what was', async () => {
    const id = await blasts.create(webhook({ rate: 1 }));
    const refusal = async (method: 'post' | 'patch' | 'delete', path: string, body?: object) => {
      const answer = await system.api()[method](`/blasts/${id}${path}`).send(body).expect(409);
      return (answer.body as { detail: string }).detail.replace(`Blast ${id} is `, '');
    };
    expect(await refusal('post', '/retry')).toBe(
      'draft and can not be retried: nobody has failed, it was not started.',
    );
    await blasts.upload(id, hooks('/of-one', 60));
    await blasts.tell(id, 'start');
    await blasts.reached(id, 'running');
    // What is so already is no conflict.
    for (const what of ['start', 'resume']) expect((await blasts.tell(id, what)).status).toBe('running');
    expect(await refusal('patch', '', { window: null, rate: 2 })).toBe(
      'running and window, rate can not be changed now: email and webhook while nobody is being sent to, ' +
        'scheduled_at, timezone, window while it is draft or scheduled, name, rate, parallelism, kill_at, max_failure_rate until it ends.',
    );
    expect(await refusal('post', '/retry')).toBe('running and can not be retried: pause it first.');
    expect(await refusal('delete', '')).toBe('running and can not be deleted: cancel it first.');
    await blasts.tell(id, 'cancel');
    await blasts.reached(id, 'canceled');
    expect(await refusal('patch', '', { rate: 2 })).toContain('canceled and rate can not be changed now');
  });

  it('says which page of its source is wrong, without what may be a secret in its url', async () => {
    receiver.answer('/broken-source', ({ target }, response) => {
      const isFirst = !target.includes('page=2');
      const data = isFirst ? people('broken', 1) : [...people('broken', 1), { name: 'Ada' }];
      response.end(JSON.stringify({ data, next: isFirst ? '?token=secret&page=2' : null }));
    });
    const source = receiver.url('/broken-source');
    const id = await blasts.start(mail({ source_url: `${source}?token=secret` }), []);
    expect(await blasts.reached(id, 'paused')).toMatchObject({
      reason: 'source',
      detail: `Page 2 of the source (${source}): item 2 of its data has an unknown property "name".`,
    });
    await blasts.tell(id, 'cancel');
    await blasts.reached(id, 'canceled');
  });

  it('does what several ask for at the same time once, and all of them hear that it is so', async () => {
    const id = await blasts.create(webhook({ rate: 1 }));
    await blasts.upload(id, hooks('/asked', 50));
    const all = (what: string) => Promise.all(Array.from({ length: 6 }, () => blasts.tell(id, what)));
    for (const what of ['start', 'pause', 'resume', 'cancel']) await all(what);
    await blasts.reached(id, 'canceled');
  });

  it('refuses a filter that the database could not take, and to resolve what was not started', async () => {
    const id = await blasts.create(mail());
    const { body } = await system.api().get(`/blasts/${id}/recipients?address=a%00@example.com`).expect(400);
    expect(body).toMatchObject({ errors: [{ field: 'address' }] });
    await system.api().post(`/blasts/${id}/resolve`).send({ as: 'sent' }).expect(409);
  });

  it('begins nothing while it is paused, and goes on at another rate', async () => {
    const id = await blasts.start(webhook({ rate: 20 }), hooks('/paced', 120));
    await receiver.received('/paced', 10);
    await blasts.tell(id, 'pause');
    const { counts } = await blasts.until(id, 'has nothing under way', (blast) => blast.counts.sending === 0);
    const seen = receiver.at('/paced').length;
    expect(seen).toBe(counts.sent);
    expect(seen).toBeLessThan(60);
    await system.api().patch(`/blasts/${id}`).send({ rate: 40, parallelism: 3 }).expect(200);
    // What is left out stays as it is.
    const { body } = await system.api().patch(`/blasts/${id}`).send({ rate: 60 }).expect(200);
    expect(body).toMatchObject({ rate: 60, parallelism: 3 });
    expect(receiver.at('/paced')).toHaveLength(seen);
    await blasts.tell(id, 'resume');
    const running = await blasts.until(id, 'tells how fast it is', (blast) => blast.rate_now > 0);
    expect(running.estimated_end_at).not.toBeNull();
    await blasts.reached(id, 'finished');
    const times = receiver
      .at('/paced')
      .slice(seen)
      .map(({ atMs }) => atMs);
    const perSecond = (times.length - 1) / ((Math.max(...times) - Math.min(...times)) / 1_000);
    expect(perSecond).toBeLessThan(66);
    expect(receiver.at('/paced')).toHaveLength(120);
  });

  it('goes at another rate and parallelism as soon as it is told, while it runs', async () => {
    let [now, most] = [0, 0];
    receiver.answer('/wider', (_request, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now -= 1;
        response.end();
      }, 200);
    });
    const [faster, wider] = await Promise.all([
      blasts.start(webhook({ rate: 2 }), hooks('/faster', 200)),
      blasts.start(webhook({ parallelism: 1 }), hooks('/wider', 400)),
    ]);
    await Promise.all([receiver.received('/faster', 3), receiver.received('/wider', 3)]);
    expect(most).toBe(1);
    await system.api().patch(`/blasts/${faster}`).send({ rate: 100 }).expect(200);
    await system.api().patch(`/blasts/${wider}`).send({ parallelism: 20 }).expect(200);
    // As they were, they would take 80 s and more.
    for (const id of [faster, wider]) await blasts.reached(id, 'finished');
    expect(most).toBeGreaterThan(3);
    expect(most).toBeLessThanOrEqual(20);
  });

  it('keeps to its parallelism at all workers together', async () => {
    let [now, most] = [0, 0];
    receiver.answer('/wide', (_request, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now -= 1;
        response.end();
      }, 30);
    });
    const id = await blasts.start(webhook({ parallelism: 6 }), hooks('/wide', 150));
    await blasts.reached(id, 'finished');
    expect(most).toBeLessThanOrEqual(6);
    expect(most).toBeGreaterThan(3);
  });

  it('cancels what it has not begun, by request and at its kill_at', async () => {
    const [canceled, killed] = await Promise.all([
      blasts.start(webhook({ rate: 10 }), hooks('/canceled', 100)),
      blasts.start(
        webhook({ rate: 10, kill_at: new Date(Date.now() + 6_000).toISOString() }),
        hooks('/killed', 100),
      ),
    ]);
    await receiver.received('/canceled', 3);
    await blasts.tell(canceled, 'cancel');
    for (const [id, status] of [[canceled, 'canceled'] as const, [killed, 'killed'] as const]) {
      const { counts } = await blasts.reached(id, status);
      expect(counts).toMatchObject({ total: 100, pending: 0, sending: 0, uncertain: 0 });
      expect(counts.canceled).toBeGreaterThan(20);
      expect(receiver.at(`/${status}`)).toHaveLength(counts.sent ?? -1);
    }
  });

  it('does not say of anybody who may have got it that they were canceled', async () => {
    receiver.answer('/silent/0', () => undefined);
    receiver.answer('/silent/1', (_request, response) => response.writeHead(503).end());
    const id = await blasts.start(
      webhook({ webhook: { timeout_seconds: 1 }, on_uncertain: 'resend', retry_delay: 'PT1H' }),
      hooks('/silent', 3),
    );
    await blasts.until(id, 'waits', ({ counts }) => counts.pending === 2 && counts.sent === 1);
    await blasts.until(id, 'has had no answer', ({ counts }) => counts.sending === 0);
    await blasts.tell(id, 'cancel');
    const { counts } = await blasts.reached(id, 'canceled');
    expect(counts).toMatchObject({ total: 3, sent: 1, canceled: 1, uncertain: 1 });
    expect(await blasts.recipients(id, '&status=uncertain')).toMatchObject([
      { address: receiver.url('/silent/0'), reason: 'timeout' },
    ]);
  });

  it('pauses when too many fail, and goes on when a person says so', async () => {
    receiver.answer('/failing', (_request, response) => response.writeHead(404).end());
    const id = await blasts.start(webhook({ max_failure_rate: 0.5, parallelism: 4 }), hooks('/failing', 200));
    const paused = await blasts.reached(id, 'paused');
    expect(paused.reason).toBe('failure-rate');
    const { counts } = await blasts.until(id, 'has nothing under way', (blast) => blast.counts.sending === 0);
    expect(counts.failed).toBeLessThan(150);
    receiver.answer('/failing', (_request, response) => response.end());
    await blasts.tell(id, 'retry');
    expect((await blasts.reached(id, 'finished')).counts).toMatchObject({ sent: 200, failed: 0 });
  });

  it('pauses when too many fail in all its lanes together, however few there are in each', async () => {
    receiver.answer('/refused', (_request, response) => response.writeHead(404).end());
    const id = await blasts.start(webhook({ max_failure_rate: 0.5, rate: 10 }), hooks('/refused', 60));
    await blasts.reached(id, 'paused');
    const { reason, detail, counts } = await blasts.until(
      id,
      'has nothing under way',
      (blast) => blast.counts.sending === 0,
    );
    expect(reason).toBe('failure-rate');
    const [, told = 0] = (/^(\d+) of \1 messages/.exec(detail ?? '') ?? []).map(Number);
    expect(told).toBeGreaterThanOrEqual(20);
    expect(counts.failed).toBeGreaterThanOrEqual(told);
    // What was under way, and what ended within the second or so in which lanes hear of each other.
    expect(counts.failed).toBeLessThan(45);
    expect((counts.failed ?? 0) - told).toBeLessThan(20);
    expect(counts.pending).toBeGreaterThan(15);

    // From then on it is judged anew.
    receiver.answer('/refused', (_request, response) => response.end());
    await system.api().patch(`/blasts/${id}`).send({ rate: 100 }).expect(200);
    await blasts.tell(id, 'resume');
    expect((await blasts.reached(id, 'finished')).counts).toMatchObject({ failed: counts.failed });
  });

  it('pauses while the mail server refuses the login, and nobody has failed for that', async () => {
    await mailbox.stop();
    mailbox.loginRefusal = '535 5.7.8 not with this password';
    await mailbox.startAgain();
    const id = await blasts.start(mail(), people('locked-out', 40));
    const paused = await blasts.reached(id, 'paused');
    expect(paused).toMatchObject({ reason: 'mail-server', detail: expect.stringContaining('(535 5.7.8)') });
    expect(JSON.stringify(paused)).not.toContain('password');
    const { counts } = await blasts.until(id, 'has nothing under way', (blast) => blast.counts.sending === 0);
    expect(counts).toMatchObject({ total: 40, pending: 40 });
    for (const { attempts } of await blasts.recipients(id)) expect(attempts).toBe(0);

    mailbox.loginRefusal = undefined;
    await blasts.tell(id, 'resume');
    expect((await blasts.reached(id, 'finished')).counts).toMatchObject({ total: 40, sent: 40 });
    expect([...mailsTo('locked-out').values()]).toEqual(Array.from({ length: 40 }, () => 1));
  });

  it('sends nothing for a tenant that is disabled when its list is made, and goes on once it is not any more', async () => {
    const id = await blasts.create(mail());
    await blasts.upload(id, people('inactive', 3));
    await setTenant({ disabled: true });
    await blasts.tell(id, 'start');
    const paused = await blasts.reached(id, 'paused');
    expect(paused).toMatchObject({ reason: 'sender-inactive', detail: 'The tenant is disabled.' });
    expect(paused.counts).toMatchObject({ total: 3, pending: 3 });
    await blasts.tell(id, 'resume');
    expect((await blasts.reached(id, 'paused')).reason).toBe('sender-inactive');
    await setTenant({ disabled: false });
    await blasts.tell(id, 'resume');
    expect((await blasts.reached(id, 'finished')).counts).toMatchObject({ total: 3, sent: 3 });
    expect(mailsTo('inactive').size).toBe(3);
  });

  it('pauses when its tenant is disabled while it runs', async () => {
    const id = await blasts.start(webhook({ rate: 20 }), hooks('/disabled', 200));
    await receiver.received('/disabled', 10);
    await setTenant({ disabled: true });
    expect((await blasts.reached(id, 'paused')).reason).toBe('sender-inactive');
    expect(receiver.at('/disabled').length).toBeLessThan(200);
    await setTenant({ disabled: false });
    await blasts.tell(id, 'resume');
    await blasts.until(id, 'goes on', ({ status }) => status === 'running');
    await blasts.tell(id, 'cancel');
    await blasts.reached(id, 'canceled');
  });

  it('does not start without credit, and gives back what it did not use', async () => {
    await setCredit(5);
    const id = await blasts.start(mail(), [...people('credit', 8), { address: 'nobody' }]);
    const paused = await blasts.reached(id, 'paused');
    expect(paused).toMatchObject({
      reason: 'credit',
      detail: expect.stringContaining('4 messages are missing'),
    });
    expect(paused.counts).toMatchObject({ pending: 9, sent: 0 });
    await setCredit(20);
    await blasts.tell(id, 'resume');
    await blasts.reached(id, 'finished');
    const { body } = await system.api().get('/tenants/default').set('authorization', `Bearer ${ADMIN_TOKEN}`);
    expect((body as { message_credit: number }).message_credit).toBe(12);
    expect((await blasts.get(id)).credit).toBe(8);
    await setCredit(null);
  });

  it('starts by itself, at the time of day of each, and in their window', async () => {
    const local = (aheadMs: number) => new Date(Date.now() + aheadMs).toISOString().slice(0, 19);
    const id = await blasts.create(webhook({ scheduled_at: local(4_000), timezone: 'UTC' }));
    await blasts.upload(id, [
      ...hooks('/zones/utc', 1),
      ...hooks('/zones/tokyo', 1, { timezone: 'Asia/Tokyo' }),
      ...hooks('/zones/hawaii', 1, { timezone: 'Pacific/Honolulu' }),
    ]);
    await blasts.tell(id, 'start');
    const moment = await blasts.create(webhook({ scheduled_at: new Date(Date.now() + 3_000).toISOString() }));
    await blasts.upload(moment, hooks('/moment', 2));
    expect((await blasts.get(moment)).status).toBe('scheduled');
    await blasts.reached(moment, 'finished');
    const due = await blasts.until(id, 'has sent to UTC', (blast) => blast.counts.sent === 2);
    expect(due.counts).toMatchObject({ pending: 1 });
    expect(receiver.at('/zones/tokyo')).toHaveLength(1);
    const [waiting] = await blasts.recipients(id, '&status=pending');
    expect(Date.parse(waiting?.send_at ?? '') - Date.now()).toBeGreaterThan(9 * 3_600_000);
    await blasts.tell(id, 'cancel');
    await blasts.reached(id, 'canceled');

    // Where each has a time of their own recipients come in until the first is due, and it may be moved until then.
    const ahead = await blasts.create(webhook({ scheduled_at: local(48 * 3_600_000) }));
    await blasts.upload(ahead, hooks('/ahead', 2));
    expect((await blasts.get(ahead)).status).toBe('scheduled');
    const soon = new Date(Date.now() + 1_000).toISOString();
    await system.api().patch(`/blasts/${ahead}`).send({ scheduled_at: soon }).expect(200);
    expect((await blasts.reached(ahead, 'finished')).counts).toMatchObject({ sent: 2 });

    const hour = new Date().getUTCHours();
    const clock = (hours: number) => `${String((hours + 24) % 24).padStart(2, '0')}:00`;
    const windowed = await blasts.start(
      webhook({ window: { from: clock(hour + 3), until: clock(hour + 5) } }),
      hooks('/window', 3),
    );
    await blasts.reached(windowed, 'running');
    const recipients = await blasts.recipients(windowed);
    for (const { send_at } of recipients) expect(send_at?.slice(11, 16)).toBe(clock(hour + 3));
    await blasts.tell(windowed, 'cancel');
    await blasts.reached(windowed, 'canceled');
  });

  it('reads recipients page by page from where they are kept', async () => {
    receiver.answer('/source', ({ target }, response, count) => {
      // Not every page comes at once.
      if (count === 2) return void response.writeHead(503).end();
      const page = Number(new URL(target, 'http://x').searchParams.get('page') ?? 1);
      const data = people('paged', 30).slice((page - 1) * 10, page * 10);
      response.end(JSON.stringify({ data, next: page < 3 ? `/source?page=${page + 1}` : null }));
    });
    const id = await blasts.start(mail({ source_url: receiver.url('/source') }), people('paged', 1));
    const { counts } = await blasts.reached(id, 'finished');
    expect(counts).toMatchObject({ total: 31, sent: 30, duplicate: 1 });
    expect(mailsTo('paged').size).toBe(30);
  });

  it('waits for its database, and forgets nothing', async () => {
    const id = await blasts.start(webhook({ rate: 100 }), hooks('/outage', 300));
    await receiver.received('/outage', 50);
    await system.database?.kill();
    await system.database?.start();
    const { counts } = await blasts.reached(id, 'finished');
    expect(counts).toMatchObject({ total: 300, sent: 300 });
    expect(receiver.at('/outage')).toHaveLength(300);
  });

  it('sends no mail twice and forgets nobody when workers are killed and stopped', async () => {
    const id = await blasts.start(mail({ parallelism: 8, rate: 150 }), people('crash', 1_500));
    const [one, other] = system.workers as [App, App];
    for (const sentBy of [100, 400]) {
      await blasts.until(id, `has sent ${sentBy}`, ({ counts }) => (counts.sent ?? 0) >= sentBy, 60_000);
      await one.kill();
      one.start();
      await one.ready();
    }
    other.process.signal('SIGSTOP');
    await blasts.until(
      id,
      'goes on',
      ({ counts }) => (counts.uncertain ?? 0) > 0 || (counts.sent ?? 0) > 900,
      60_000,
    );
    other.process.signal('SIGCONT');
    const { counts } = await blasts.reached(id, 'finished', 90_000);
    expect((counts.sent ?? 0) + (counts.uncertain ?? 0)).toBe(1_500);
    // Of each of the two kills at most what was under way, which is 8 and what was not recorded yet.
    expect(counts.uncertain).toBeLessThan(80);
    const mails = mailsTo('crash');
    expect([...mails.values()].filter((count) => count > 1)).toEqual([]);
    const uncertain = await blasts.recipients(id, '&status=uncertain');
    const known = new Set(uncertain.map(({ address }) => address));
    const missing = people('crash', 1_500).filter(({ address }) => !mails.has(address));
    expect(missing.filter(({ address }) => !known.has(address))).toEqual([]);

    // A person looks where they went: the half of them is sent again.
    const [lost] = missing;
    if (lost) {
      const n = uncertain.find(({ address }) => address === lost.address)?.n;
      await system.api().post(`/blasts/${id}/recipients/${n}/resolve`).send({ as: 'resend' }).expect(200);
      await blasts.until(
        id,
        'has sent it',
        (blast) => blast.counts.uncertain === (counts.uncertain ?? 0) - 1,
      );
      await mailbox.received(lost.address, 1);
    }
    await blasts.reached(id, 'finished');
    if (lost)
      expect(await blasts.activity(id, lost.address)).toMatchObject([
        { event: 'uncertain', attempt: 1, reason: 'lost' },
        { event: 'resolved-resend', attempt: null },
        { event: 'sent', attempt: 1, code: 250 },
      ]);

    await system.api().post(`/blasts/${id}/resolve`).send({ as: 'sent' }).expect(200);
    expect((await blasts.get(id)).counts).toMatchObject({ total: 1_500, sent: 1_500, uncertain: 0 });
  }, 240_000);

  it('repeats requests with the same id when a worker is killed', async () => {
    receiver.answer('/again', (_request, response) => setTimeout(() => response.end(), 20));
    const id = await blasts.start(webhook({ parallelism: 8 }), hooks('/again', 600));
    const [one] = system.workers as [App];
    await receiver.received('/again', 60);
    await one.kill();
    one.start();
    const { counts } = await blasts.reached(id, 'finished', 60_000);
    expect(counts).toMatchObject({ total: 600, sent: 600 });
    const ids = new Map<string, Set<string>>();
    for (const { target, headers } of receiver.at('/again')) {
      ids.set(target, (ids.get(target) ?? new Set()).add(String(headers['webhook-id'])));
    }
    expect(ids.size).toBe(600);
    expect([...ids.values()].filter((each) => each.size > 1)).toEqual([]);
    expect(receiver.at('/again').length).toBeLessThan(600 + 40);
  });

  it('leaves out who is suppressed, goes no faster than its mail server may be given, and is exported as CSV', async () => {
    const flow = (method: 'put' | 'delete') =>
      system.api()[method]('/providers/smtp/flow').set('authorization', `Bearer ${ADMIN_TOKEN}`);
    await system.api().post('/suppressions').send({ address: 'given-7@example.com' }).expect(201);
    await flow('put').send({ rate: 10 }).expect(200);
    // Workers read it every five seconds; by then the blast has sent 100, and on a busy machine some more.
    const id = await blasts.start(mail({ rate: 20 }), people('given', 160));
    const { counts } = await blasts.reached(id, 'finished');
    await flow('delete').expect(204);
    expect(counts).toMatchObject({ total: 160, sent: 159, skipped: 1 });
    const [mailOfOne] = await mailbox.received('To: given-3@example.com', 1);
    expect(mailOfOne).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');

    const sent = await blasts.recipients(id, '&status=sent');
    const endedMs = sent.map(({ ended_at }) => Date.parse(ended_at ?? '')).sort((a, b) => a - b);
    const last = endedMs.slice(-16);
    expect((last.at(-1) ?? 0) - (last[0] ?? 0)).toBeGreaterThan(15 * 100 - 300);

    const { text } = await system.api().get(`/blasts/${id}/recipients/export?status=skipped`).expect(200);
    const [head, row, ...more] = text.split('\r\n');
    expect(head).toBe('n,address,status,attempts,code,reason,ended_at,timezone,dedupe_key,data');
    expect(row).toMatch(
      /^\d+,given-7@example\.com,skipped,0,,manual,.*,,given-7@example\.com,"\{""name"":""given 7""\}"$/,
    );
    expect(more).toEqual(['']);
  });
});
