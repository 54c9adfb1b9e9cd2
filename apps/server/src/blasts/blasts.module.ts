import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Database } from '#database/database.js';
import type { DatabaseSettings } from '#database/database.module.js';
import { Logger } from '#observability/logger.js';
import { BlastChangesService } from './blast-changes.service.js';
import { BlastRecipientsController } from './blast-recipients.controller.js';
import { BlastRecipientsService } from './blast-recipients.service.js';
import { BlastStarts } from './blast-starts.js';
import { BlastsController } from './blasts.controller.js';
import { BlastsService } from './blasts.service.js';
import { BLASTS_SETTINGS } from './blasts.settings.js';
import type { BlastsSettings } from './blasts.settings.js';
import { BulkDatabase } from './bulk-database.js';

/** So many uploads are under way at a time at a server, and so many others that take long; what comes then waits. */
const LIMITS = { connections: 4, connectTimeoutMs: 30_000, queryTimeoutMs: 60_000 };

@Module({})
export class BlastsModule {
  static register(
    settings: BlastsSettings,
    database: Pick<DatabaseSettings, 'url'> | undefined,
  ): DynamicModule {
    return {
      module: BlastsModule,
      controllers: [BlastsController, BlastRecipientsController],
      providers: [
        { provide: BLASTS_SETTINGS, useValue: settings },
        {
          provide: BulkDatabase,
          inject: [Logger],
          useFactory: (logger: Logger) => {
            const lost = (error: Error) => logger.warn({ err: error }, 'A database connection was lost');
            if (!database) return new BulkDatabase(undefined);
            const open = () => new Database(database.url, lost, LIMITS);
            return new BulkDatabase({ database: open(), uploads: open() });
          },
        },
        ...[BlastStarts, BlastsService, BlastChangesService, BlastRecipientsService],
      ],
    };
  }
}
