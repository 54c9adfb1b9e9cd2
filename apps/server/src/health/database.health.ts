import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import { DatabaseSetup } from '#database/database-setup.js';

/**
 * Health indicator: the database, where there is one, has our tables. Not whether it answers just now: timers need none,
 * and API keys work on for a while without it.
 */
@Injectable()
export class DatabaseHealth {
  constructor(
    private readonly database: DatabaseSetup,
    private readonly indicators: HealthIndicatorService,
  ) {}

  check(): HealthIndicatorResult {
    const indicator = this.indicators.check('database');
    return this.database.prepared ? indicator.up() : indicator.down('its tables are not up to date yet');
  }
}
