import { Context } from '@temporalio/activity';
import { Injectable } from '@nestjs/common';
import type {
  BookingActivities as Activities,
  BookingEvent,
  BookingMail,
  BookingMailOutcome,
} from '#contracts/booking.js';
import { Logger } from '#observability/logger.js';
import { ConfirmedHeartbeat } from '../lease/confirmed-heartbeat.js';
import { Lease } from '../lease/lease.js';
import { BookingEvents } from './booking-events.js';
import { BookingMailer } from './booking-mailer.js';

/** The activities of `booking`. */
@Injectable()
export class BookingActivities implements Activities {
  constructor(
    private readonly mailer: BookingMailer,
    private readonly events: BookingEvents,
    private readonly logger: Logger,
  ) {}

  async sendBookingMail(mail: BookingMail): Promise<BookingMailOutcome> {
    const { cancellationSignal } = Context.current();
    const heartbeat = new ConfirmedHeartbeat();
    const lease = new Lease(
      async () => void (await heartbeat.beat(null)),
      (error) => this.logger.warn({ err: error }, 'A heartbeat was not confirmed'),
    );
    // A worker that was stopped wakes up with an old task in its hands, which somebody else may have done since.
    await lease.confirm();
    const lost = new AbortController();
    lease.keep().catch(() => lost.abort());
    try {
      const over = AbortSignal.any([cancellationSignal, lost.signal]);
      const mayBegin = async () => (await lease.whenHeld()) && !over.aborted;
      return await this.mailer.send(mail, { over, mayBegin });
    } finally {
      lease.end();
    }
  }

  async publishBookingEvent(event: BookingEvent): Promise<void> {
    await this.events.publish(event);
  }
}
