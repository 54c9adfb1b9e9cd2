import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Logger } from '#observability/logger.js';
import { Database } from './database.js';
import { DatabaseSetup } from './database-setup.js';
import { Sealing } from './sealing.js';

export interface DatabaseSettings {
  url: string;
  /** 32 bytes that everything secret in the database is sealed with. */
  secretsKey: Uint8Array;
  /** Keys of before, which open what was sealed with them. */
  olderKeys: readonly Uint8Array[];
}

/** Provides `Database` and `Sealing`, or neither where there is no database: inject them with `@Optional()`. */
@Module({})
export class DatabaseModule {
  static register(settings: DatabaseSettings | undefined): DynamicModule {
    const always = { module: DatabaseModule, global: true };
    if (!settings) return { ...always, providers: [DatabaseSetup], exports: [DatabaseSetup] };
    const database = {
      provide: Database,
      inject: [Logger],
      useFactory: (logger: Logger) =>
        new Database(settings.url, (error) => logger.warn({ err: error }, 'A database connection was lost')),
    };
    const sealing = { provide: Sealing, useValue: new Sealing(settings.secretsKey, ...settings.olderKeys) };
    return {
      ...always,
      providers: [database, sealing, DatabaseSetup],
      exports: [Database, Sealing, DatabaseSetup],
    };
  }
}
