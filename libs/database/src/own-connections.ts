import type { OnApplicationShutdown } from '@nestjs/common';
import { Logger } from '#observability/logger.js';
import { Database } from './database.js';
import type { DatabaseLimits } from './database.js';

/** A `Database` with connections of its own, closed with its application. Whoever wants one makes it a class of their own. */
export class OwnDatabase extends Database implements OnApplicationShutdown {
  onApplicationShutdown(): Promise<void> {
    return this.close();
  }
}

/** Provides such a class. */
export function ownConnections(Kind: typeof OwnDatabase, url: string, limits: DatabaseLimits) {
  const useFactory = (logger: Logger) => {
    const lost = (error: Error) => logger.warn({ err: error }, 'A database connection was lost');
    return new Kind(url, lost, limits);
  };
  return { provide: Kind, inject: [Logger], useFactory };
}
