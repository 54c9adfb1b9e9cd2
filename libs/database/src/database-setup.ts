import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Optional } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Logger } from '#observability/logger.js';
import { Database } from './database.js';
import { isDatabaseUnavailable } from './unavailable.js';

const RETRY_MS = 500;

/** Brings the tables up to date in the background, as soon as the database can be reached. */
@Injectable()
export class DatabaseSetup implements OnApplicationBootstrap, OnApplicationShutdown {
  private done = false;
  private closing = false;

  constructor(
    private readonly logger: Logger,
    @Optional() private readonly database?: Database,
  ) {}

  /** There is no database, or its tables are as we need them. */
  get prepared(): boolean {
    return this.done || !this.database;
  }

  onApplicationBootstrap(): void {
    if (!this.database) return;
    this.prepare(this.database).catch((error: unknown) => {
      this.logger.error({ err: error }, 'The database cannot be used, so this process ends');
      process.exitCode = 1;
      process.kill(process.pid, 'SIGTERM');
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing = true;
    await this.database?.close();
  }

  private async prepare(database: Database): Promise<void> {
    for (let told = false; !this.closing; told = true) {
      try {
        await database.prepare();
        this.done = true;
        return;
      } catch (error) {
        if (!isDatabaseUnavailable(error)) throw error;
        if (!told) this.logger.warn({ err: error }, 'The database cannot be reached yet, trying again');
        await sleep(RETRY_MS);
      }
    }
  }
}
