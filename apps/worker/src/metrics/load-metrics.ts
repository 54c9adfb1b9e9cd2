import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Metrics } from '#observability/metrics.js';
import { DeliverActivity } from '../activities/webhook/deliver.activity.js';
import { EngineClock } from '../activities/webhook/engine-clock.js';
import { Slots } from '../activities/webhook/slots.js';

/** What a worker tells of how much it has to do. */
@Injectable()
export class LoadMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly slots: Slots,
    private readonly deliver: DeliverActivity,
    private readonly clock: EngineClock,
  ) {}

  onModuleInit(): void {
    const gauge = (name: string, help: string, read: () => number) =>
      this.metrics.gauge({ name, help }, (each) => each.set(read()));
    gauge('requests_in_flight', 'Requests that have a place of the worker', () => this.slots.underWay);
    gauge('requests_waiting', 'Requests that wait for one', () => this.slots.waiting);
    const aheadSeconds = () => (this.clock.comparedAheadMs ?? NaN) / 1000;
    gauge('clock_ahead_seconds', "This machine's clock less the engine's, when last compared", aheadSeconds);
    gauge('windows_held', 'Windows of timers in memory', () => this.deliver.windowsHeld);
  }
}
