import type { Provider } from '@nestjs/common';
import { Sealing } from '#database/sealing.js';
import { AddressVerifier } from '#messages/address-verifier.js';
import { BlastStateActivities } from './activities/blasts/blast-state.activities.js';
import { BlastStores } from './activities/blasts/blast-stores.js';
import { ListRecipientsActivity } from './activities/blasts/list-recipients.activity.js';
import { SendBatchActivity } from './activities/blasts/send-batch.activity.js';
import { SourcePages } from './activities/blasts/source-pages.js';
import { ServiceCalls } from './activities/jobs/service-calls.js';
import type { ServiceCallsOptions } from './activities/jobs/service-calls.js';
import { BlastMetrics } from './metrics/blast-metrics.js';
import { MessagesDatabase } from './messages.module.js';
import { BlastSender } from './recipients/blast-sender.js';

/** What blasts need beside the sending of single messages. */
export function blastProviders(calls: ServiceCallsOptions, verifier: AddressVerifier): Provider[] {
  return [
    { provide: AddressVerifier, useValue: verifier },
    {
      provide: BlastStores,
      inject: [
        { token: MessagesDatabase, optional: true },
        { token: Sealing, optional: true },
      ],
      useFactory: (database?: MessagesDatabase, sealing?: Sealing) => new BlastStores(database, sealing),
    },
    { provide: SourcePages, useFactory: () => new SourcePages(new ServiceCalls(calls)) },
    ...[BlastMetrics, BlastSender, ListRecipientsActivity, SendBatchActivity, BlastStateActivities],
  ];
}
