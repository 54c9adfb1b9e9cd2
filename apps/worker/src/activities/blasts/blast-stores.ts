import { ApplicationFailure } from '@temporalio/common';
import { BlastCredit } from '#database/blast-credit.js';
import { BlastListing } from '#database/blast-listing.js';
import { BlastSending } from '#database/blast-sending.js';
import { Blasts } from '#database/blasts.js';
import type { Database } from '#database/database.js';
import { Flows } from '#database/flows.js';
import type { Sealing } from '#database/sealing.js';

interface OpenStores {
  blasts: Blasts;
  sending: BlastSending;
  listing: BlastListing;
  credit: BlastCredit;
  flows: Flows;
  sealing: Sealing;
}

/** Where blasts are kept. */
export class BlastStores {
  private readonly stores?: OpenStores;

  constructor(database?: Database, sealing?: Sealing) {
    if (!database || !sealing) return;
    this.stores = {
      blasts: new Blasts(database),
      sending: new BlastSending(database),
      listing: new BlastListing(database),
      credit: new BlastCredit(database),
      flows: new Flows(database),
      sealing,
    };
  }

  /** Fails where this worker has no database: another one may have it. */
  open(): OpenStores {
    if (this.stores) return this.stores;
    throw ApplicationFailure.retryable('this worker has no database: DATABASE_URL is not set');
  }
}
