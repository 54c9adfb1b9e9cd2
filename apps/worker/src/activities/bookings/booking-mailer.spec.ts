import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { BookingMail } from '#contracts/booking.js';
import type { Flows } from '#database/flows.js';
import { createLogger } from '#observability/logger.js';
import { Mailbox } from '../../../../../test/support/mailbox.js';
import { RecipientStage } from '../../recipients/recipient-stage.js';
import { Mailer } from '../email/mailer.js';
import type { EngineClock } from '../webhook/engine-clock.js';
import { FlowGate } from '../webhook/flow-gate.js';
import { BookingMailer } from './booking-mailer.js';

const logger = createLogger({ name: 'test', level: 'fatal', format: 'json' });
const clock = { now: () => performance.timeOrigin + performance.now() } as EngineClock;
const HOUR_MS = 3_600_000;

const mailTo = (email: string, more: Partial<BookingMail['notice']> = {}): BookingMail => ({
  ...{ tenant: 'acme', bookingId: 'b' },
  notice: {
    ...{ id: `b.${email}`, kind: 'confirmation', sequence: 0 },
    ...{ dueMs: Date.now(), untilMs: Date.now() + HOUR_MS },
    ...more,
  },
  appointment: {
    ...{ title: 'Tea', startsMs: Date.now() + HOUR_MS, endsMs: Date.now() + 2 * HOUR_MS, timezone: 'UTC' },
    ...{ organizer: { email: 'shop@example.com' }, attendees: [{ email }] },
    notices: { remindersMs: [], followUpMs: null },
  },
  attendee: { email },
});

describe('A try to send a mail of a booking, with a real SMTP server', () => {
  let mailbox: Mailbox;
  let mailer: Mailer;
  let over: AbortController;

  beforeEach(async () => {
    mailbox = await Mailbox.start();
    mailer = new Mailer({ smtpUrl: mailbox.url, from: 'shop@example.com', connections: 1 });
    over = new AbortController();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    mailer.onApplicationShutdown();
    await mailbox.stop();
  });

  /** A worker that has not lost it. */
  const awake = () => ({ over: over.signal, mayBegin: () => Promise.resolve(true) });

  /** Where each place is so far away. */
  const bookings = (placeAwayMs?: number) => {
    const takePlaces = (_tenant: string, _limits: unknown, dues: number[]) =>
      Promise.resolve(dues.map(() => placeAwayMs));
    const gate =
      placeAwayMs === undefined
        ? new FlowGate(clock, logger)
        : new FlowGate(clock, logger, { takePlaces } as unknown as Flows, { smtp: { rate: 1 } });
    if (placeAwayMs !== undefined) gate.prepare = () => Promise.resolve();
    return new BookingMailer(new RecipientStage(mailer, logger), gate, clock);
  };

  it('that finds no connection free is given up before somebody else makes it: nothing of it was sent', async () => {
    const letGo = mailbox.holdBack('first@example.com');
    const mails = bookings();
    const first = mails.send(mailTo('first@example.com'), awake());
    await mailbox.received('first@example.com', 1);
    const second = mails.send(mailTo('second@example.com'), awake());
    over.abort();
    await expect(second).resolves.toMatchObject({ status: 'retry' });
    letGo();
    await expect(first).resolves.toEqual({ status: 'sent' });
    await mails.send(mailTo('third@example.com'), { ...awake(), over: new AbortController().signal });
    expect(mailbox.mails.filter((mail) => mail.includes('second@example.com'))).toEqual([]);
  });

  it('that its worker has lost meanwhile sends nothing', async () => {
    const asleep = { ...awake(), mayBegin: () => Promise.resolve(false) };
    await expect(bookings().send(mailTo('ada@example.com'), asleep)).resolves.toMatchObject({
      status: 'retry',
    });
    expect(mailbox.mails).toEqual([]);
  });

  it('counts as lost only where the mail was given to the server', async () => {
    mailbox.answer('busy@example.com', () => '451 4.7.1 later');
    await expect(bookings().send(mailTo('busy@example.com'), awake())).resolves.toMatchObject({
      status: 'retry',
    });
    await mailbox.stop();
    const refused = await bookings().send(mailTo('ada@example.com'), awake());
    expect(refused.status).toBe('retry');
  });

  it('waits for its place at the server, and comes back for one that is far', async () => {
    const far = await bookings(60_000).send(mailTo('ada@example.com'), awake());
    expect(far).toMatchObject({ status: 'later', hasPlace: true });
    const placeMs = Date.now() + 300;
    await expect(bookings(60_000).send(mailTo('ada@example.com', { placeMs }), awake())).resolves.toEqual({
      status: 'sent',
    });
    expect(Date.now()).toBeGreaterThanOrEqual(placeMs);
  });

  it('is made where it is in time, though the clock of this machine says that it is late', async () => {
    const mail = mailTo('ada@example.com');
    const realNow = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => realNow() + 2 * HOUR_MS);
    await expect(bookings().send(mail, awake())).resolves.toEqual({ status: 'sent' });
  });

  it('is not made when it has come too late', async () => {
    const late = mailTo('ada@example.com', { untilMs: Date.now() });
    await expect(bookings().send(late, awake())).resolves.toEqual({ status: 'skipped', reason: 'late' });
  });
});
