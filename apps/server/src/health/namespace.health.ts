import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import { NamespaceSetup } from '../namespace-setup.js';

/** Health indicator: the namespace has what timers carry. */
@Injectable()
export class NamespaceHealth {
  constructor(
    private readonly setup: NamespaceSetup,
    private readonly indicators: HealthIndicatorService,
  ) {}

  check(): HealthIndicatorResult {
    const indicator = this.indicators.check('namespace');
    return this.setup.prepared
      ? indicator.up()
      : indicator.down('search attributes are not known everywhere yet');
  }
}
