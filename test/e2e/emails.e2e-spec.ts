import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { Database } from '#database/database.js';
import { Templates } from '#database/templates.js';
import { decodeTimerId, workflowIdOf } from '#contracts/timer-id.js';
import { createClient } from '#temporal/connection.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { newAdminToken, Operator } from '../support/accounts.js';
import { Mailbox } from '../support/mailbox.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

interface EmailBody {
  id: string;
  status: string;
  send_at: string;
  attempts?: number;
  version?: number;
  reason?: string;
  status_code?: number;
  kill_at?: string;
  subject?: string;
  to?: string[];
}

const ADMIN_TOKEN = newAdminToken();
const SECOND = 1_000;
const NOTE = { filename: 'note.txt', content_type: 'text/plain', content_base64: 'SGVsbG8=' };

describe('an e-mail', () => {
  let system: System;
  let mailbox: Mailbox;
  let receiver: Receiver;
  let database: Database;
  let names = 0;

  beforeAll(async () => {
    [mailbox, receiver] = await Promise.all([Mailbox.start(), Receiver.start()]);
    const env = {
      ...{ SMTP_URL: mailbox.url, MAIL_FROM: 'Shop <shop@example.com>', ADMIN_TOKEN },
      ...{ RETRY_DELAYS_SECONDS: '1,1,1', SMTP_CONNECTIONS: '4' },
    };
    system = await System.start({ workers: 2, database: true, env });
    database = new Database(system.database?.url('timekeeper') ?? '', () => undefined);
  });

  afterAll(async () => {
    await database?.close();
    await system?.stop();
    await mailbox?.stop();
    await receiver?.stop();
  });

  /** An address of a test's own. */
  const someone = (who: string) => `${who}-${++names}@example.com`;
  const email = (set: object = {}) => ({ to: someone('ada'), subject: 'Hello', text: 'Hi', ...set });

  async function post(body: object): Promise<EmailBody> {
    const response = await system.api().post('/emails').send(body);
    expect([response.status, response.body]).toEqual([201, expect.anything()]);
    return response.body as EmailBody;
  }

  async function get(id: string): Promise<EmailBody> {
    const { body } = await system.api().get(`/emails/${id}`).expect(200);
    return body as EmailBody;
  }

  async function ended(id: string, status: string): Promise<EmailBody> {
    return waitUntil(
      `${id} is ${status}`,
      async () => {
        const found = await get(id);
        return found.status === status ? found : undefined;
      },
      { timeoutMs: 60_000 },
    );
  }

  async function attemptsOf(id: string): Promise<Record<string, unknown>[]> {
    const { body } = await system.api().get(`/emails/${id}/attempts`).expect(200);
    return body.data as Record<string, unknown>[];
  }

  const bookingOf = (addresses: string[]) => ({
    ...{ title: 'Tea', timezone: 'UTC', organizer: { email: 'shop@example.com' } },
    starts_at: new Date(Date.now() + 3_600_000 * 96).toISOString(),
    ends_at: new Date(Date.now() + 3_600_000 * 97).toISOString(),
    attendees: addresses.map((address) => ({ email: address })),
  });

  const idIn = (mail: string) => /^Message-ID: <([^@]+)@/im.exec(mail)?.[1];

  it('is sent as it was accepted: to whom, from whom, with its texts, headers and attachments', async () => {
    const to = [someone('ada'), someone('bob')];
    const accepted = await post({
      ...{ to, subject: 'Grüße, Ada', text: 'Hi Ada', html: '<p>Hi <b>Ada</b></p>' },
      ...{ from: 'Ops <ops@example.com>', reply_to: 'help@example.com', headers: { 'X-Order': '4711' } },
      attachments: [{ filename: 'ü.txt', content_type: 'text/plain', content_base64: 'SGVsbG8=' }],
      labels: { kind: 'full' },
    });
    expect(accepted).toMatchObject({ to, attachments: [{ filename: 'ü.txt', bytes: 5 }], version: 0 });
    const [raw = ''] = await mailbox.received(to[0] ?? '', 1);
    const mail = await simpleParser(raw);
    expect(mail).toMatchObject({
      ...{ subject: 'Grüße, Ada', text: 'Hi Ada', html: '<p>Hi <b>Ada</b></p>' },
      messageId: `<${accepted.id}@example.com>`,
      from: { text: '"Ops" <ops@example.com>' },
      replyTo: { text: 'help@example.com' },
      attachments: [{ filename: 'ü.txt', contentType: 'text/plain', content: Buffer.from('Hello') }],
    });
    expect(mail.headers.get('x-order')).toBe('4711');
    const sent = await ended(accepted.id, 'sent');
    expect(sent).toMatchObject({ attempts: 1, next_attempt_at: null, subject: 'Grüße, Ada' });
    expect(await attemptsOf(accepted.id)).toMatchObject([
      { number: 1, status_code: 250, error: null, reason: null, answer: expect.stringMatching(/^250/) },
    ]);
  });

  it('is sent at its time, and not before', async () => {
    const to = someone('later');
    const { id, send_at } = await post(email({ to, delay: 'PT3S' }));
    await mailbox.received(to, 1);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(send_at));
    expect((await ended(id, 'sent')).send_at).toBe(send_at);
  });

  it('can be moved, in the version that is known, and canceled; then it is never sent', async () => {
    const to = someone('moved');
    const { id } = await post(email({ to, delay: 'PT1H', kill_at: '2031-01-01T00:00:00Z' }));
    await system.api().patch(`/emails/${id}`).send({ subject: 'Other' }).expect(400);
    await system.api().patch(`/emails/${id}`).send({ send_at: '2032-01-01T00:00:00Z' }).expect(400);
    const moved = await system
      .api()
      .patch(`/emails/${id}`)
      .set('if-match', '"0"')
      .send({ send_at: '2032-01-01T09:00:00', timezone: 'Europe/Berlin', kill_at: null })
      .expect(200);
    expect(moved.headers.etag).toBe('"1"');
    expect(moved.body).toMatchObject({ send_at: '2032-01-01T08:00:00.000Z', version: 1, to: [to] });
    expect(moved.body).not.toHaveProperty('kill_at');
    await system.api().patch(`/emails/${id}`).set('if-match', '"0"').send({ delay: 'PT1S' }).expect(412);
    await system.api().delete(`/emails/${id}`).expect(200);
    const { body } = await system.api().patch(`/emails/${id}`).send({ delay: 'PT1S' }).expect(409);
    expect(body).toMatchObject({ type: 'urn:timekeeper:problem:email-status', email_status: 'canceled' });
    expect(mailbox.mails.filter((mail) => mail.includes(to))).toEqual([]);

    const sooner = await post(email({ to: someone('sooner'), delay: 'PT1H' }));
    await system.api().patch(`/emails/${sooner.id}`).send({ delay: 'PT0S' }).expect(200);
    await ended(sooner.id, 'sent');
  });

  it('is accepted once for one Idempotency-Key, and sent once', async () => {
    const body = email({ to: someone('once') });
    const create = (sent: object) => system.api().post('/emails').set('idempotency-key', 'k-1').send(sent);
    const first = await create(body).expect(201);
    await ended(first.body.id as string, 'sent');
    const again = await create(body).expect(201);
    expect(again.body.id).toBe(first.body.id);
    expect(again.headers).toMatchObject({
      'idempotency-replayed': 'true',
      location: `/emails/${first.body.id}`,
    });
    await create({ ...body, subject: 'Other' }).expect(422);
    expect(await mailbox.received(body.to, 1)).toHaveLength(1);
    // The same key of another route is another key.
    await system
      .api()
      .post('/timers')
      .set('idempotency-key', 'k-1')
      .send({ hours: 1, url: receiver.url('/') })
      .expect(201);
  });

  it('is tried again after a reply 4xx, with the same Message-ID', async () => {
    const to = someone('greylisted');
    mailbox.answer(to, (count) => (count < 3 ? '451 4.7.1 greylisted, try again later' : undefined));
    const { id } = await post(email({ to }));
    const [mail = ''] = await mailbox.received(to, 1);
    expect(idIn(mail)).toBe(id);
    await ended(id, 'sent');
    expect(await attemptsOf(id)).toMatchObject([
      { status_code: 451, answer: expect.stringContaining('greylisted') },
      { status_code: 451 },
      { status_code: 250 },
    ]);
  });

  it('to several goes again to whom the server has refused for now, and to nobody else', async () => {
    const [taken, busy] = [someone('taken'), someone('busy')];
    const asked = { taken: 0, busy: 0 };
    mailbox.answer(taken, (count) => void (asked.taken = count));
    mailbox.answer(busy, (count) => {
      asked.busy = count;
      return count < 3 ? '452 4.2.2 mailbox full' : undefined;
    });
    const { id } = await post(email({ to: [taken, busy] }));
    const sent = await mailbox.received(busy, 2);
    await ended(id, 'sent');
    expect(asked).toEqual({ taken: 1, busy: 3 });
    for (const mail of sent) expect(mail).toMatch(new RegExp(`^To: ${taken}, ${busy}`, 'm'));
    expect(await attemptsOf(id)).toMatchObject([
      { status_code: 452, answer: expect.stringContaining(`not for ${busy}: 452`) },
      { status_code: 452 },
      { status_code: 250 },
    ]);
  });

  it('to several keeps of a bounce what was said of it alone', async () => {
    const [fine, gone] = [someone('fine'), someone('bounces')];
    mailbox.answer(gone, () => '550 5.1.1 no such user');
    const { id } = await post(email({ to: [fine, gone] }));
    await ended(id, 'sent');
    const { body } = await system.api().get(`/suppressions/${gone}`).expect(200);
    expect(body).toMatchObject({ reason: 'bounced', detail: '550 5.1.1 no such user' });
  });

  it('is not tried again after a reply 5xx; who bounced is not written to any more, and that is told', async () => {
    const to = someone('gone');
    mailbox.answer(to, () => '550 5.1.1 no such user');
    const first = await post(email({ to, on_failure: receiver.url('/bounced') }));
    expect(await ended(first.id, 'failed')).toMatchObject({
      ...{ attempts: 1, reason: 'bounced', status_code: 550 },
    });
    const [told] = await receiver.received('/bounced', 1);
    expect(JSON.parse(told?.body ?? '')).toMatchObject({
      type: 'email.failed',
      data: { id: first.id, status: 'failed', last_attempt: { status_code: 550, reason: 'bounced' } },
    });
    expect(told?.body).not.toContain(to);

    mailbox.answer(to, () => undefined);
    const second = await post(email({ to: to.toUpperCase() }));
    const skipped = await ended(second.id, 'failed');
    expect(skipped).toMatchObject({ attempts: 1, reason: 'bounced' });
    expect(skipped).not.toHaveProperty('status_code');
    expect(await attemptsOf(second.id)).toMatchObject([{ error: 'blocked', reason: 'bounced' }]);
    expect(mailbox.mails.filter((mail) => mail.includes(to))).toEqual([]);
  });

  it('that is refused for what it says is not tried again either, and nobody is suppressed for it', async () => {
    const to = someone('spam');
    mailbox.answer(to, (count) => (count === 1 ? '554 5.7.1 looks like spam' : undefined));
    const refused = await post(email({ to }));
    expect(await ended(refused.id, 'failed')).toMatchObject({ reason: 'refused', status_code: 554 });
    const next = await post(email({ to }));
    await ended(next.id, 'sent');
  });

  it('waits for a server that is away, and is sent when it is back', async () => {
    await mailbox.stop();
    const to = someone('patient');
    const { id } = await post(email({ to, retry: { delays_seconds: Array(19).fill(1) } }));
    await waitUntil('an attempt has failed', async () => ((await get(id)).attempts ?? 0) > 0);
    await mailbox.startAgain();
    await mailbox.received(to, 1);
    await ended(id, 'sent');
    expect((await attemptsOf(id))[0]).toMatchObject({ status_code: null, error: 'connect' });
  });

  it('expires where it can not be sent before its kill_at', async () => {
    const to = someone('late');
    mailbox.answer(to, () => '451 4.7.1 not now');
    const kill_at = new Date(Date.now() + 2_500).toISOString();
    const retry = { delays_seconds: Array(19).fill(1) };
    const { id } = await post(email({ to, kill_at, retry, on_failure: receiver.url('/expired') }));
    await ended(id, 'expired');
    const [told] = await receiver.received('/expired', 1);
    expect(JSON.parse(told?.body ?? '')).toMatchObject({ type: 'email.expired' });
    await system
      .api()
      .post('/emails')
      .send(email({ delay: 'PT1H', kill_at }))
      .expect(400);
  });

  it('is rendered when it is accepted, and what is missing is named before anything is stored', async () => {
    const templates = new Templates(database);
    const parts = { subject: 'Hello {{ name }}', text: 'Order {{ order.id }}', html: null };
    await templates.create('default', 'welcome', parts);
    const to = someone('rendered');
    const template = { name: 'welcome' };
    const missing = await system
      .api()
      .post('/emails')
      .send({ to, template, data: { name: 'Ada' } })
      .expect(400);
    expect(missing.body.errors).toMatchObject([{ field: expect.stringMatching(/^data\.order/) }]);
    await system
      .api()
      .post('/emails')
      .send({ to, template: { name: 'other' } })
      .expect(400);
    await system
      .api()
      .post('/emails')
      .send({ to, template: { name: 'welcome', version: 9 } })
      .expect(400);

    const data = { name: 'Ada', order: { id: 4711 } };
    const later = await post({ to, template, data, delay: 'PT1H' });
    expect(later).toMatchObject({ subject: 'Hello Ada', text: 'Order 4711' });
    await templates.replace('default', 'welcome', { ...parts, text: 'Something else' });
    await system.api().patch(`/emails/${later.id}`).send({ delay: 'PT0S' }).expect(200);
    const [mail = ''] = await mailbox.received(to, 1);
    expect(mail).toContain('Order 4711');
    const old = await post({ to, template: { name: 'welcome', version: 1 }, data });
    expect(old).toMatchObject({ text: 'Order 4711' });
  });

  it.each<[field: string, body: object]>([
    ['to', { to: 'ada' }],
    ['to', { to: [] }],
    ['to', { to: ['ada@example.com', 7] }],
    ['from', { from: 'Ada' }],
    ['from', { from: 'Ada <ada@example.com>\r\nBcc: eve@example.com' }],
    ['reply_to', { reply_to: 'a@example.com\nb@example.com' }],
    ['subject', { subject: 'Hi\r\nBcc: eve@example.com' }],
    ['subject', { subject: undefined }],
    ['text, html', { text: undefined }],
    ['headers', { headers: { 'x-a': 'b\r\nBcc: eve@example.com' } }],
    ['headers', { headers: { Bcc: 'eve@example.com' } }],
    ['headers', { headers: { 'x a': 'b' } }],
    ['headers', { headers: { 'List-Unsubscribe': '<https://example.com>' }, unsubscribe: true }],
    ['unsubscribe', { to: ['ada@example.com', 'bob@example.com'], unsubscribe: true }],
    // Nobody would put the link in.
    ['unsubscribe', { text: 'Stop: {{unsubscribe_url}}' }],
    ['subject', { subject: 'Stop: {{ unsubscribe_url }}', unsubscribe: true }],
    ['template.name', { text: undefined, template: { name: 'a\0b' } }],
    ['attachments.0.content_type', { attachments: [{ ...NOTE, content_type: 'Multipart/mixed' }] }],
    ['attachments.0.content_base64', { attachments: [{ ...NOTE, content_base64: '!' }] }],
    ['attachments.0.filename', { attachments: [{ ...NOTE, filename: 'a\r\nb' }] }],
    ['attachments.0.path', { attachments: [{ ...NOTE, path: '/etc/passwd' }] }],
    ['attachments', { attachments: ['a'] }],
    ['data', { data: { name: 'Ada' } }],
    ['template', { template: { name: 'welcome' } }],
    ['send_at', { send_at: '2031-01-01T00:00:00' }],
    ['delay and send_at', { send_at: '2031-01-01T00:00:00Z', delay: 'PT1S' }],
    ['timezone', { timezone: 'Europe/Berlin' }],
    ['kill_at', { kill_at: '2020-01-01T00:00:00Z' }],
    ['on_success', { on_success: 'mailto:ada@example.com' }],
    ['cc', { cc: 'eve@example.com' }],
  ])('is refused by the field %s in %j', async (field, set) => {
    const { body } = await system.api().post('/emails').send(email(set)).expect(400);
    const errors = body.errors as { field: string }[];
    expect(errors.map((error) => error.field)).toEqual([field]);
  });

  it('has up to 50 recipients', async () => {
    const to = Array.from({ length: 51 }, () => someone('many'));
    await system.api().post('/emails').send(email({ to })).expect(400);
    const { id } = await post(email({ to: to.slice(1) }));
    const [mail = ''] = await mailbox.received(to[1] ?? '', 1);
    for (const address of to.slice(1)) expect(mail).toContain(address);
    await ended(id, 'sent');
  });

  it('may be large, up to a limit that is told', async () => {
    const attachment = (bytes: number) => ({
      attachments: [
        {
          ...{ filename: 'large', content_type: 'application/octet-stream' },
          content_base64: Buffer.alloc(bytes, 'x').toString('base64'),
        },
      ],
    });
    const to = someone('large');
    const { id } = await post(email({ to, ...attachment(600_000), delay: 'PT1H' }));
    // It is kept together with what is added to it, so it can still be moved.
    await system.api().patch(`/emails/${id}`).send({ delay: 'PT0S' }).expect(200);
    await ended(id, 'sent');
    const refused = await system
      .api()
      .post('/emails')
      .send(email(attachment(700_000)))
      .expect(413);
    expect(refused.body.detail).toContain('900000 bytes');
    await system
      .api()
      .post('/emails')
      .send(email(attachment(900_000)))
      .expect(413);
  });

  it('is found among e-mails only, and says nothing of its recipient where nothing is encrypted', async () => {
    const to = someone('secret');
    const { id } = await post(
      email({ to, subject: 'Top Secret', labels: { kind: 'secret' }, delay: 'PT1H' }),
    );
    await system.api().get(`/timers/${id}`).expect(404);
    await system.api().delete(`/timers/${id}`).expect(404);
    const timer = await system.post({ hours: 1, url: receiver.url('/') });
    await system.api().get(`/emails/${timer.id}`).expect(404);
    const listed = async (query: object) =>
      (await system.api().get('/emails').query(query).expect(200)).body.data as EmailBody[];
    await waitUntil('it is listed', async () => (await listed({ label: 'kind:secret' })).length === 1);
    expect((await listed({ label: 'kind:secret' }))[0]).toMatchObject({ id, status: 'scheduled' });
    expect(await listed({ label: 'kind:secret', status: 'sent,failed' })).toEqual([]);
    expect(await listed({ label: 'kind:secret', send_at_to: new Date().toISOString() })).toEqual([]);
    expect((await listed({ status: 'failed' })).every(({ reason }) => reason)).toBe(true);
    const { body: timers } = await system.api().get('/timers').expect(200);
    const { body: emails } = await system.api().get('/emails').expect(200);
    const idsOf = ({ data }: { data: { id: string }[] }) => data.map((one) => one.id);
    expect(idsOf(timers).filter((one) => idsOf(emails).includes(one))).toEqual([]);

    const client = createClient(
      { connectionOptions: { address: system.engine.address }, namespace: 'default' },
      'test',
    );
    const parts = decodeTimerId(id);
    const workflowId = parts ? workflowIdOf('default', parts, 'emails') : '';
    const { type, memo, searchAttributes } = await client.workflow.getHandle(workflowId).describe();
    expect(type).toBe('emails');
    expect(JSON.stringify([memo, searchAttributes])).not.toMatch(/secret-\d|Top Secret/);
    await client.connection.close();
    for (const { logFile } of system.apps) expect(readFileSync(logFile, 'utf8')).not.toMatch(/@example\.com/);
  });

  it('goes out no faster than the operator says, over all workers', async () => {
    const operator = new Operator(system, ADMIN_TOKEN);
    await system.api().put('/providers/smtp/flow').send({ rate: 1 }).expect(401);
    await operator.request('put', '/providers/smtp/flow', {}).expect(400);
    await operator.request('put', '/providers/smtp/flow', { rate: 4 }).expect(200);
    const stored = await operator.request('get', '/providers/smtp/flow').expect(200);
    expect(stored.body).toEqual({ rate: 4, period: 'PT1S' });
    // Workers read it every few seconds.
    const sentAt = new Map<string, number>();
    await post(email({ to: someone('until-it-is-known'), delay: 'PT6S' })).then(({ id }) =>
      ended(id, 'sent'),
    );
    const ids = await Promise.all(
      Array.from({ length: 8 }, async () => (await post(email({ to: someone('paced') }))).id),
    );
    // Mails of a booking are mails as well.
    const booked = await system
      .api()
      .post('/bookings')
      .send(bookingOf(['a', 'b', 'c', 'd'].map(someone)));
    const bookingMails = await waitUntil('the confirmations are sent', async () => {
      const { body } = await system.api().get(`/bookings/${booked.body.id}`).expect(200);
      const mails = (body as { mails: { kind: string; ended_at: string | null }[] }).mails;
      const told = mails.filter(({ kind, ended_at }) => kind === 'confirmation' && ended_at);
      return told.length === 4 && told;
    });
    for (const [index, { ended_at }] of bookingMails.entries())
      sentAt.set(`booking ${index}`, Date.parse(ended_at ?? ''));
    await Promise.all(ids.map((id) => ended(id, 'sent')));
    for (const id of ids) sentAt.set(id, Date.parse((await attemptsOf(id))[0]?.started_at as string));
    const times = [...sentAt.values()].sort((a, b) => a - b);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan((12 - 1) * 250 - SECOND / 2);
    await operator.request('delete', '/providers/smtp/flow').expect(204);
  });

  it('of a worker that is killed between sending and recording is sent at most once more, as the same mail', async () => {
    const to = someone('crash');
    const letGo = mailbox.holdBack(to);
    const { id } = await post(email({ to }));
    await mailbox.received(to, 1);
    await Promise.all(system.workers.map((worker) => worker.kill()));
    letGo();
    system.workers.forEach((worker) => worker.start());
    await ended(id, 'sent');
    const mails = mailbox.mails.filter((mail) => mail.includes(to));
    expect(mails.map(idIn)).toEqual([id, id]);
    expect(await attemptsOf(id)).toMatchObject([{ number: 1, status_code: 250 }]);
  });
});
