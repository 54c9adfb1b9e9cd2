import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ICAL from 'ical.js';
import { simpleParser } from 'mailparser';
import type { ParsedMail } from 'mailparser';
import { Webhook } from 'standardwebhooks';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { Mailbox } from '../support/mailbox.js';
import { Receiver } from '../support/receiver.js';
import type { ReceivedRequest } from '../support/receiver.js';
import { System } from '../support/system.js';

const DAY_MS = 86_400_000;

interface BookingBody {
  id: string;
  status: string;
  version: number;
  sequence: number;
  starts_at: string;
  mails: { kind: string; status: string; sequence: number; tries: number; reason: string | null }[] | null;
}

let system: System;
let mailbox: Mailbox;
let receiver: Receiver;
let secret: string;

const at = (ms: number) => new Date(Date.now() + ms).toISOString();
/** An appointment of somebody whom no other test writes to. */
const appointment = (who: string, more: object = {}) => ({
  ...{ title: `About ${who}`, starts_at: at(3 * DAY_MS), ends_at: at(3 * DAY_MS + 3_600_000) },
  ...{ timezone: 'Europe/Berlin', organizer: { name: 'Shop', email: 'shop@example.com' } },
  attendees: [{ name: 'Ada', email: `${who}@example.com` }],
  ...more,
});

async function book(body: object): Promise<BookingBody> {
  const response = await system.api().post('/bookings').send(body);
  expect({ status: response.status, body: response.body }).toMatchObject({ status: 201 });
  return response.body as BookingBody;
}

const get = async (id: string) => (await system.api().get(`/bookings/${id}`).expect(200)).body as BookingBody;
const change = (id: string, body: object) => system.api().patch(`/bookings/${id}`).send(body);

/** What has come for somebody, in the order that it came. */
async function mailsTo(who: string, count: number): Promise<ParsedMail[]> {
  const mails = await mailbox.received(`To: ${who}@example.com`, count);
  return Promise.all(mails.map((mail) => simpleParser(mail)));
}

/** The mails of a booking have all got so far. */
const mailsAre = (id: string, statuses: string[]) =>
  waitUntil(`the mails of ${id} are ${statuses.join()}`, async () => {
    const { mails } = await get(id);
    return JSON.stringify(mails?.map(({ kind, status }) => `${kind} ${status}`)) === JSON.stringify(statuses);
  });

/** The calendar part as another library reads it. */
function eventOf(mail: ParsedMail | undefined) {
  const part = mail?.attachments.find(({ contentType }) => contentType === 'text/calendar');
  const ics = part?.content.toString() ?? '';
  const calendar = new ICAL.Component(ICAL.parse(ics) as ConstructorParameters<typeof ICAL.Component>[0]);
  const event = new ICAL.Event(calendar.getFirstSubcomponent('vevent') as never);
  return { method: calendar.getFirstPropertyValue('method'), event };
}

const eventsOf = (id: string, prefix = '/hooks') =>
  receiver.at(prefix).filter(({ body }) => body.includes(id));
const types = (requests: ReceivedRequest[]) =>
  requests.map(({ body }) => (JSON.parse(body) as { type: string }).type);

beforeAll(async () => {
  [mailbox, receiver] = await Promise.all([Mailbox.start(), Receiver.start()]);
  mailbox.answer('gone@example.com', () => '550 5.1.1 no such user');
  system = await System.start({
    database: true,
    // Long enough that changes one after the other find no quiet time between them on a busy machine either.
    env: { SMTP_URL: mailbox.url, BOOKING_SETTLE_SECONDS: '2' },
  });
  const url = receiver.url('/hooks');
  const { body } = await system.api().post('/webhook-endpoints').send({ url }).expect(201);
  ({ secret } = body as { secret: string });
}, 180_000);

afterAll(async () => {
  await system?.stop();
  await Promise.all([mailbox?.stop(), receiver?.stop()]);
});

describe('A booking', () => {
  it('tells, reminds, begins, ends and asks afterwards, in the time zone of whom it tells', async () => {
    const startsMs = Date.now() + 7_000;
    const booking = await book(
      appointment('life', {
        ...{ title: 'Tea <b>& "cake"</b>', starts_at: new Date(startsMs).toISOString() },
        ends_at: new Date(startsMs + 1_000).toISOString(),
        attendees: [{ name: 'Ada', email: 'life@example.com', timezone: 'Asia/Tokyo' }],
        notices: { reminders: ['P1D', 'PT3S'], follow_up: 'PT1S' },
      }),
    );
    const mails = await mailsTo('life', 3);
    expect(mails.map(({ subject }) => subject)).toEqual([
      'Confirmed: Tea <b>& "cake"</b>',
      'Reminder: Tea <b>& "cake"</b>',
      'Thank you: Tea <b>& "cake"</b>',
    ]);
    expect(mails[0]?.messageId).toBe(`<${booking.id}.0.confirmation.0@localhost>`);
    expect(mails[0]?.text).toContain('(Asia/Tokyo)');
    expect(mails[0]?.html).toContain('Tea &lt;b&gt;&amp; &#34;cake&#34;&lt;/b&gt;');
    const { method, event } = eventOf(mails[0]);
    expect(method).toBe('REQUEST');
    expect(event).toMatchObject({
      uid: `${booking.id}@timekeeper`,
      summary: 'Tea <b>& "cake"</b>',
      sequence: 0,
    });
    expect(event.startDate.toJSDate().getTime()).toBe(Math.floor(startsMs / 1000) * 1000);
    expect(mails[1]?.date?.getTime()).toBeLessThan(startsMs);
    await mailsAre(booking.id, ['confirmation sent', 'reminder sent', 'follow-up sent']);
    await waitUntil('its events have come', () => eventsOf(booking.id).length === 3);
    const events = eventsOf(booking.id);
    expect(types(events).toSorted()).toEqual(['booking.created', 'booking.ended', 'booking.started']);
    for (const { body, headers } of events)
      expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
        data: { id: booking.id, title: 'Tea <b>& "cake"</b>', sequence: 0 },
      });
  });

  it('that is moved 50 times is told once, as it is in the end', async () => {
    const { id } = await book(appointment('moves'));
    await mailsAre(id, [
      'confirmation sent',
      ...Array.from({ length: 2 }, () => 'reminder waiting'),
      'follow-up waiting',
    ]);
    const startsAt = Array.from({ length: 50 }, (_, move) => at((4 + move) * DAY_MS));
    for (const starts_at of startsAt) await change(id, { starts_at }).expect(200);
    const [, update] = await mailsTo('moves', 2);
    expect(update?.subject).toBe('Changed: About moves');
    const { event } = eventOf(update);
    expect(event.sequence).toBe(50);
    const { mails, ...booking } = await get(id);
    expect(booking).toMatchObject({ version: 50, sequence: 50, starts_at: startsAt.at(-1) });
    expect(mails?.filter(({ kind }) => kind === 'reminder')).toHaveLength(2);
    expect(mails?.filter(({ kind }) => kind === 'update')).toHaveLength(1);
    await waitUntil('its move is told', () => types(eventsOf(id)).includes('booking.rescheduled'));
    await system.api().delete(`/bookings/${id}`).set('if-match', '"49"').expect(412);
    await system.api().delete(`/bookings/${id}`).set('if-match', '"50"').expect(200);
    expect(await mailsTo('moves', 3)).toHaveLength(3);
    await waitUntil('its end is told', () => types(eventsOf(id)).includes('booking.cancelled'));
  });

  it('that is moved into the past tells of that, and neither reminds of it nor asks how it was', async () => {
    const { id } = await book(appointment('past'));
    await mailsTo('past', 1);
    await change(id, { starts_at: at(-2 * DAY_MS), ends_at: at(-2 * DAY_MS + 1_000) }).expect(200);
    await waitUntil('its end is told', () => types(eventsOf(id)).includes('booking.ended'));
    expect((await mailsTo('past', 2)).map(({ subject }) => subject)).toEqual([
      'Confirmed: About past',
      'Changed: About past',
    ]);
    const { mails } = await get(id);
    expect(mails?.filter(({ status }) => status === 'waiting')).toEqual([]);
  });

  it('that is cancelled twice is cancelled once, and can not be changed any more', async () => {
    const { id } = await book(appointment('cancelled'));
    await mailsTo('cancelled', 1);
    const [first, second] = await Promise.all(
      [1, 2].map(() => system.api().delete(`/bookings/${id}`).expect(200)),
    );
    expect([first?.body.status, second?.body.status]).toEqual(['canceled', 'canceled']);
    const mails = await mailsTo('cancelled', 2);
    const { method, event } = eventOf(mails[1]);
    expect({ method, sequence: event.sequence }).toEqual({ method: 'CANCEL', sequence: 1 });
    expect(event.component.getFirstPropertyValue('status')).toBe('CANCELLED');
    await mailsAre(id, ['confirmation sent', 'cancellation sent']);
    const { body } = await change(id, { title: 'Another' }).expect(409);
    expect(body).toMatchObject({ type: 'urn:timekeeper:problem:booking-status', booking_status: 'canceled' });
    expect((await system.api().delete(`/bookings/${id}`).expect(200)).body).toMatchObject({ version: 1 });
    expect(await mailsTo('cancelled', 2)).toHaveLength(2);
    expect(types(eventsOf(id)).filter((type) => type === 'booking.cancelled')).toHaveLength(1);
  });

  it('that is moved while a reminder is being sent tells of the new time after it', async () => {
    let release = () => {};
    mailbox.onMail = async (mail) => {
      if (mail.includes('Reminder: About held'))
        await new Promise<void>((resolve) => {
          release = resolve;
        });
    };
    const booking = appointment('held', {
      ...{ starts_at: at(10_000), ends_at: at(20_000) },
      notices: { reminders: ['PT7S'], follow_up: null },
    });
    const { id } = await book(booking);
    await mailbox.received('Reminder: About held', 1);
    await change(id, { starts_at: at(2 * DAY_MS) }).expect(200);
    await waitUntil(
      'it is settled',
      async () => Date.now() > Date.parse((await get(id)).starts_at) - 2 * DAY_MS + 1_500,
    );
    expect((await get(id)).mails?.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      ...['confirmation sent', 'reminder sending', 'reminder waiting'],
    ]);
    release();
    mailbox.onMail = undefined;
    const mails = await mailsTo('held', 3);
    expect(mails.map(({ subject }) => subject?.split(':')[0])).toEqual(['Confirmed', 'Reminder', 'Changed']);
  });

  it('tries again what the mail server did not take, as the same mail', async () => {
    let refusals = 1;
    mailbox.onMail = (mail) =>
      Promise.resolve(mail.includes('About busy') && refusals-- > 0 ? '451 4.3.0 try later' : undefined);
    const { id } = await book(appointment('busy', { notices: { reminders: [], follow_up: null } }));
    await mailsAre(id, ['confirmation retrying']);
    await mailsAre(id, ['confirmation sent']);
    const [one, other] = await mailsTo('busy', 2);
    expect(one?.messageId).toBe(other?.messageId);
    mailbox.onMail = undefined;
  });

  it('shows who could not be told, and does not write to an address that is gone again', async () => {
    const nothingElse = { notices: { reminders: [], follow_up: null } };
    const first = await book(appointment('gone', nothingElse));
    await mailsAre(first.id, ['confirmation failed']);
    expect((await get(first.id)).mails?.[0]?.reason).toContain('no such user');
    const second = await book(appointment('gone', nothingElse));
    await mailsAre(second.id, ['confirmation skipped']);
    expect((await get(second.id)).mails?.[0]?.reason).toBe('bounced');
  });

  it('whose worker is killed between sending and recording is told by the same mail again', async () => {
    let answered = false;
    // The server has the mail, and its answer never comes.
    mailbox.onMail = (mail) =>
      mail.includes('About killed') && !answered ? new Promise<void>(() => {}) : Promise.resolve();
    const other = await book(appointment('others'));
    const { id } = await book(appointment('killed', { notices: { reminders: [], follow_up: null } }));
    await mailbox.received('About killed', 1);
    await system.worker.kill();
    answered = true;
    // While no worker is there it is shown and listed all the same.
    expect(await get(id)).toMatchObject({ id, status: 'scheduled', mails: null });
    const refused = await change(other.id, { title: 'Another' }).expect(503);
    expect(refused.body).toMatchObject({ type: 'urn:timekeeper:problem:no-worker' });
    system.worker.start();
    await system.worker.ready();
    const [one, again] = await mailsTo('killed', 2);
    expect(again?.messageId).toBe(one?.messageId);
    mailbox.onMail = undefined;
    await waitUntil('it is told', async () => (await get(id)).mails?.some(({ tries }) => tries === 2));
  });

  it('is made once for an Idempotency-Key', async () => {
    const key = randomUUID();
    const body = appointment('once');
    const post = (json: object) => system.api().post('/bookings').set('idempotency-key', key).send(json);
    const first = await post(body).expect(201);
    const again = await post(body).expect(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    await post({ ...body, title: 'Another' }).expect(422);
  });

  it('is listed by status and time', async () => {
    const year = 2027 + Math.floor(Math.random() * 5);
    const body = { starts_at: `${year}-05-05T10:00:00Z`, ends_at: `${year}-05-05T11:00:00Z` };
    const { id } = await book(appointment('listed', body));
    const list = async (query: string) =>
      (await system.api().get(`/bookings?${query}`).expect(200)).body as {
        data: BookingBody[];
        next_cursor: string;
      };
    const during = `from=${year}-05-05T10:30:00Z&until=${year}-05-05T10:45:00Z`;
    await waitUntil('it is listed', async () => (await list(during)).data.some((each) => each.id === id));
    expect((await list(`${during}&status=canceled`)).data).toEqual([]);
    expect((await list(`from=${year}-05-05T11:00:00Z`)).data).toEqual([]);
    const { data, next_cursor } = await list('limit=1');
    expect(data).toHaveLength(1);
    expect((await list(`limit=1&cursor=${next_cursor}`)).data[0]?.id).not.toBe(data[0]?.id);
  });

  it.each([
    [{ ends_at: '2020-01-01T00:00:00Z' }, 'ends_at'],
    [{ timezone: 'Mars/Olympus' }, 'timezone'],
    [{ attendees: [{ email: 'no address' }] }, 'attendees.0.email'],
    [{ attendees: [{ email: 'a@example.com' }, { email: 'A@example.com' }] }, 'attendees.1.email'],
    [{ attendees: [{ email: 'a@example.com', phone: '1' }] }, 'attendees.0.phone'],
    [{ title: 'two\nlines' }, 'title'],
    [{ notices: { reminders: ['tomorrow'] } }, 'notices.reminders.0'],
  ])('is refused with %j, and told why', async (more, field) => {
    const { body } = await system.api().post('/bookings').send(appointment('refused', more)).expect(400);
    expect(body.errors).toEqual([expect.objectContaining({ field })]);
  });
});

describe('An application without REST', () => {
  it('makes and changes what the API shows', async () => {
    const main = join(ROOT, 'dist/examples/app-client/run.js');
    const env = { ...process.env, TEMPORAL_ADDRESS: system.engine.address };
    const url = system.database?.url('timekeeper') ?? '';
    const { stdout } = await promisify(execFile)(process.execPath, [main, 'default', url], { env });
    const { timers, emails, blast, booking, job } = JSON.parse(stdout) as {
      timers: { id: string; status: string }[];
      emails: { id: string; status: string }[];
      blast: { id: string; recipients: Record<string, number> };
      booking: { id: string };
      job: { id: string };
    };
    expect(timers.map(({ status }) => status)).toEqual(['scheduled', 'canceled']);
    const listed = await waitUntil('they are listed', async () => {
      const { body } = await system.api().get('/timers?limit=100').expect(200);
      const found = (body.data as { id: string; status: string }[]).filter(({ id }) =>
        timers.some((timer) => timer.id === id),
      );
      return (
        found.length === 2 &&
        found.every(({ id, status }) => timers.some((t) => t.id === id && t.status === status))
      );
    });
    expect(listed).toBe(true);
    const [now, later] = emails;
    const emailIs = async (id = '', status: string) =>
      (await system.api().get(`/emails/${id}`).expect(200)).body.status === status;
    await waitUntil('the e-mail is sent', () => emailIs(now?.id, 'sent'));
    expect(await emailIs(later?.id, 'canceled')).toBe(true);
    await mailbox.received(`Message-ID: <${now?.id}@`, 1);
    expect(blast.recipients).toEqual({ sent: 2, duplicate: 1 });
    const { body: sent } = await system.api().get(`/blasts/${blast.id}`).expect(200);
    expect(sent).toMatchObject({ status: 'finished', counts: { total: 3, sent: 2, duplicate: 1 } });
    await mailbox.received('Subject: News for bob', 1);

    await change(booking.id, { title: 'By REST' }).expect(200);
    expect(await get(booking.id)).toMatchObject({ title: 'By REST', version: 2, sequence: 2 });
    const { body } = await system.api().get(`/jobs/${job.id}`).expect(200);
    expect(body).toMatchObject({ type: 'coupon-campaign', status: 'scheduled' });
  });
});

describe('A webhook endpoint', () => {
  const create = async (path: string, more: object = {}) => {
    const json = { url: receiver.url(path), ...more };
    const { body } = await system.api().post('/webhook-endpoints').send(json).expect(201);
    return body as { id: string; secret: string };
  };
  const verify = (secretText: string, { body, headers }: ReceivedRequest) =>
    new Webhook(secretText).verify(body, headers as Record<string, string>);

  it('is told what it has subscribed to, and nothing when it is off or gone', async () => {
    const some = await create('/some', { events: ['booking.cancelled'] });
    const off = await create('/off', { enabled: false });
    const gone = await create('/gone');
    await system.api().delete(`/webhook-endpoints/${gone.id}`).expect(204);
    await system.api().get(`/webhook-endpoints/${gone.id}`).expect(404);
    const { id } = await book(appointment('subscribed', { attendees: [] }));
    await system.api().delete(`/bookings/${id}`).expect(200);
    await waitUntil('the others are told', () => eventsOf(id).length === 2);
    const [request] = await receiver.received('/some', 1);
    expect(types(eventsOf(id, '/some'))).toEqual(['booking.cancelled']);
    expect(verify(some.secret, request as ReceivedRequest)).toMatchObject({
      data: { id, status: 'canceled' },
    });
    expect(() => verify(secret, request as ReceivedRequest)).toThrow();
    expect([...receiver.at('/off'), ...receiver.at('/gone')]).toEqual([]);
    const { body } = await system.api().get('/webhook-endpoints').expect(200);
    expect(JSON.stringify(body)).not.toContain('whsec_');
    expect((body.data as { id: string }[]).map((each) => each.id)).toEqual(
      expect.arrayContaining([some.id, off.id]),
    );
  });

  it('has both secrets sign while it changes over, and can be tried', async () => {
    const { id, secret: old } = await create('/rotated');
    const rotate = (json: object) => system.api().post(`/webhook-endpoints/${id}/rotate-secret`).send(json);
    const { body } = await rotate({ overlap_seconds: 600 }).expect(201);
    const tried = await system.api().post(`/webhook-endpoints/${id}/test`).expect(202);
    const [request] = await receiver.received('/rotated', 1);
    for (const each of [old, (body as { secret: string }).secret])
      expect(verify(each, request as ReceivedRequest)).toMatchObject({ type: 'webhook-endpoint.test' });
    await waitUntil(
      'the timer tells',
      async () => (await system.get(tried.body.timer_id)).status === 'delivered',
    );
    await rotate({ overlap_seconds: -1 }).expect(400);
    const secrets = await system.api().get('/signing-secrets').expect(200);
    expect(secrets.body.data).toEqual([]);
  });

  it('is created once for an Idempotency-Key, and its secret is not lost with the answer', async () => {
    const post = (json: object) =>
      system.api().post('/webhook-endpoints').set('idempotency-key', 'endpoint-1').send(json);
    const json = { url: receiver.url('/once'), events: ['booking.created'] };
    const [one, two] = await Promise.all([post(json).expect(201), post(json).expect(201)]);
    expect(two.body).toEqual(one.body);
    const replayed = [one, two].filter(({ headers }) => headers['idempotency-replayed'] === 'true');
    expect(replayed).toHaveLength(1);
    expect((await post({ ...json, events: [] }).expect(422)).body).toMatchObject({
      type: 'urn:timekeeper:problem:idempotency-key-reused',
    });
    const { id, secret: first } = one.body as { id: string; secret: string };
    await system.api().post(`/webhook-endpoints/${id}/test`).expect(202);
    const [request] = await receiver.received('/once', 1);
    expect(verify(first, request as ReceivedRequest)).toMatchObject({ type: 'webhook-endpoint.test' });
    await system.api().delete(`/webhook-endpoints/${id}`).expect(204);
    const again = await post(json).expect(201);
    expect((again.body as { id: string }).id).not.toBe(id);
    await system
      .api()
      .delete(`/webhook-endpoints/${(again.body as { id: string }).id}`)
      .expect(204);
  });

  it('must be where deliveries may go', async () => {
    const post = (json: object) => system.api().post('/webhook-endpoints').send(json);
    await post({ url: 'http://169.254.169.254/' }).expect(422);
    await post({ url: 'ftp://example.com' }).expect(400);
    await post({ url: 'https://example.com', events: ['booking.exploded'] }).expect(400);
    await post({ url: 'https://example.com', description: 'a\0b' }).expect(400);
  });
});
