import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Database } from '#database/database.js';
import { needsDatabase } from '../http/needs-database.js';

interface Opened {
  database: Database;
  uploads: Database;
}

/** What takes long has connections of its own, few of them, so that nothing else has to wait for one. */
@Injectable()
export class BulkDatabase implements OnApplicationShutdown {
  constructor(private readonly opened: Opened | undefined) {}

  get database(): Database {
    return this.existing.database;
  }

  /** An upload takes as long as whoever sends it: nobody who reads waits for that. */
  get uploads(): Database {
    return this.existing.uploads;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.opened?.database.close(), this.opened?.uploads.close()]);
  }

  private get existing(): Opened {
    if (!this.opened) throw needsDatabase('Blasts');
    return this.opened;
  }
}
