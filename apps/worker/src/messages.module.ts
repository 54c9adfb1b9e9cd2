import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { FOR_JOBS } from '#database/database.js';
import type { DatabaseSettings } from '#database/database.module.js';
import { OwnDatabase, ownConnections } from '#database/own-connections.js';
import { Suppressions } from '#database/suppressions.js';
import { WebhookEndpoints } from '#database/webhook-endpoints.js';
import { UnsubscribeLinks } from '#messages/unsubscribe-link.js';
import { Logger } from '#observability/logger.js';
import { GroupStart } from '#timers/group-start.js';
import type { GroupStartSettings } from '#timers/group-start.js';
import { BookingActivities } from './activities/bookings/booking.activities.js';
import { BookingEvents } from './activities/bookings/booking-events.js';
import { BookingMailer } from './activities/bookings/booking-mailer.js';
import { Mailer } from './activities/email/mailer.js';
import type { MailerOptions } from './activities/email/mailer.js';
import { RecipientStage } from './recipients/recipient-stage.js';

export interface MessagesModuleOptions {
  mail: MailerOptions;
  timers: GroupStartSettings;
  /** Undefined: there is none. */
  database?: DatabaseSettings;
  /** Where the API is reached from outside: see `PUBLIC_URL`. */
  publicUrl: string;
}

/** Connections of their own: what messages wait for must not hold up deliveries of timers, nor jobs. */
export class MessagesDatabase extends OwnDatabase {}

/** Sends messages to people: what their activities need. */
@Module({})
export class MessagesModule {
  static register({ mail, timers, database, publicUrl }: MessagesModuleOptions): DynamicModule {
    const links = database && new UnsubscribeLinks({ publicUrl, ...database });
    return {
      module: MessagesModule,
      providers: [
        ...(database ? [ownConnections(MessagesDatabase, database.url, FOR_JOBS)] : []),
        { provide: Mailer, useFactory: () => new Mailer(mail) },
        {
          provide: RecipientStage,
          inject: [Mailer, Logger, { token: MessagesDatabase, optional: true }],
          useFactory: (mailer: Mailer, logger: Logger, messages?: MessagesDatabase) =>
            new RecipientStage(mailer, logger, messages && new Suppressions(messages), links),
        },
        {
          provide: BookingEvents,
          inject: [Client, { token: MessagesDatabase, optional: true }],
          useFactory: (client: Client, messages?: MessagesDatabase) =>
            new BookingEvents(new GroupStart(client, timers), messages && new WebhookEndpoints(messages)),
        },
        ...[BookingMailer, BookingActivities],
      ],
      exports: [Mailer, RecipientStage, BookingActivities, ...(database ? [MessagesDatabase] : [])],
    };
  }
}
