import { Injectable } from '@nestjs/common';
import type { BookingMail, BookingMailOutcome } from '#contracts/booking.js';
import { isSuccess } from '#contracts/delivery.js';
import { SMTP_PROVIDER } from '#contracts/email.js';
import { RecipientStage } from '../../recipients/recipient-stage.js';
import type { RecipientOutcome } from '../../recipients/recipient-stage.js';
import { NoMailServer } from '../email/mailer.js';
import { EngineClock } from '../webhook/engine-clock.js';
import { FlowGate } from '../webhook/flow-gate.js';
import { bookingMessage } from './booking-message.js';

/** For a connection to the mail server: well within the time after which the engine takes a try for lost. */
const CONNECTION_WAIT_MS = 20_000;
/** Kept of what a mail server says. */
const MAX_REASON = 300;

/** What a try depends on while it waits. */
export interface MailTry {
  /** Nothing is begun any more from then on. */
  over: AbortSignal;
  /** Whether it may still be begun: asked last. */
  mayBegin: () => Promise<boolean>;
}

/** Makes one try to send one mail of a booking. */
@Injectable()
export class BookingMailer {
  constructor(
    private readonly recipients: RecipientStage,
    private readonly gate: FlowGate,
    private readonly clock: EngineClock,
  ) {}

  /** Throws where it can not be found out whether the mail is wanted. */
  async send(mail: BookingMail, { over, mayBegin }: MailTry): Promise<BookingMailOutcome> {
    const { id, untilMs, placeMs } = mail.notice;
    // It may have waited for a worker.
    if (untilMs <= this.clock.now()) return { status: 'skipped', reason: 'late' };
    await this.gate.prepare();
    const due = placeMs === undefined ? undefined : { atMs: placeMs, hasPlace: true };
    const pass = await this.gate.enterProvider(SMTP_PROVIDER, over, due);
    if (!pass.leave) return { status: 'later', untilMs: Math.ceil(pass.untilMs), hasPlace: pass.hasPlace };
    // What waits for longer would still go out when the engine has given it to somebody else.
    const giveUp = AbortSignal.any([over, AbortSignal.timeout(CONNECTION_WAIT_MS)]);
    const email = { tenant: mail.tenant, id, message: bookingMessage(mail), giveUp, mayBegin };
    try {
      return outcomeOf(await this.recipients.send(email));
    } catch (error) {
      if (error instanceof NoMailServer) return { status: 'skipped', reason: 'no-mail-server' };
      throw error;
    } finally {
      pass.leave();
    }
  }
}

function outcomeOf(outcome: RecipientOutcome): BookingMailOutcome {
  if (outcome.skipped) return { status: 'skipped', reason: outcome.skipped };
  const { code, error, answer, final, uncertain } = outcome;
  if (isSuccess(code)) return { status: 'sent' };
  const reason = (answer ?? error ?? String(code)).slice(0, MAX_REASON);
  return { status: final ? 'failed' : uncertain ? 'lost' : 'retry', reason };
}
