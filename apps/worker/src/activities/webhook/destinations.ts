import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { Attempt } from '#contracts/delivery.js';
import { Logger } from '#observability/logger.js';
import { DestinationHealth, outcomeFor } from './destination-health.js';
import { EngineClock } from './engine-clock.js';
import { SharedDestinations } from './shared-destinations.js';

const LOOK_EVERY_MS = 1_000;
/** What changes nothing is reported only so often. */
const REPORT_EVERY_MS = 15_000;
/** The state of all is read so often. A list of the engine may lag behind what was reported just before. */
const LIST_EVERY_MS = 4_000;
const LIST_LAG_MS = 10_000;
/** The answer of whoever asked for a probe is there by then. */
const PROBE_ANSWER_MS = 10_000;
/** A destination without failures for so long is as good as one that never had any. */
const FORGET_AFTER_MS = 30 * 60_000;

interface Known {
  tenant: string;
  host: string;
  health: DestinationHealth;
  reportedMs: number;
  /** The engine was told of it, or has told of it. */
  shared: boolean;
}

/**
 * Which destinations of which tenants are not healthy. What was never seen to fail is not even known here, so it costs
 * one look into a map; only trouble is told to the engine, and from there to all workers.
 */
@Injectable()
export class Destinations implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly known = new Map<string, Known>();
  private looking?: NodeJS.Timeout;
  private listedMs = -Infinity;
  private busy = false;

  constructor(
    private readonly shared: SharedDestinations,
    private readonly clock: EngineClock,
    private readonly logger: Logger,
    private readonly mostPlaces: number,
    private readonly troubleAfterMs: number,
  ) {}

  onApplicationBootstrap(): void {
    this.looking = setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.looking);
  }

  /** Requests of the tenant that may be under way at a time to the destination. */
  places(tenant: string, host: string): number {
    return this.known.get(keyOf(tenant, host))?.health.places ?? this.mostPlaces;
  }

  /** Undefined if a delivery may be begun now, else when it is to come back. */
  async admit(tenant: string, host: string): Promise<number | undefined> {
    const health = this.known.get(keyOf(tenant, host))?.health;
    const verdict = health?.verdict(this.clock.now()) ?? 'go';
    if (!health || verdict === 'go') return undefined;
    if (verdict !== 'ask for the probe') return verdict.untilMs;
    health.probing(this.clock.now() + PROBE_ANSWER_MS);
    const claimed = await this.shared.claimProbe(tenant, host).catch(() => false);
    return claimed ? undefined : this.clock.now() + PROBE_ANSWER_MS;
  }

  record(tenant: string, host: string, attempt: Attempt): void {
    const known = this.known.get(keyOf(tenant, host));
    if (!known && outcomeFor(attempt) !== 'failure') return;
    (known ?? this.know(tenant, host)).health.record(attempt, this.clock.now());
  }

  private async look(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      if (performance.now() - this.listedMs >= LIST_EVERY_MS) await this.list();
      await Promise.all([...this.known.values()].map((known) => this.report(known)));
    } catch (error) {
      this.logger.warn({ err: error }, 'Could not exchange what is known of destinations');
    } finally {
      this.busy = false;
    }
  }

  private async list(): Promise<void> {
    const { statuses, complete } = await this.shared.list();
    this.listedMs = performance.now();
    const listed = new Set<string>();
    for (const status of statuses) {
      const { tenant, host } = status;
      const key = keyOf(tenant, host);
      listed.add(key);
      const known = this.known.get(key) ?? this.know(tenant, host);
      known.health.learn(status);
      known.shared = true;
    }
    for (const [key, { health, reportedMs, shared }] of this.known) {
      if (listed.has(key)) continue;
      // What is missing from a list that was cut off may be as unwell as before.
      const closed = complete && health.troubled && shared && reportedMs < this.listedMs - LIST_LAG_MS;
      const forgotten = !health.troubled && health.failedMs < this.clock.now() - FORGET_AFTER_MS;
      if (closed || forgotten) this.known.delete(key);
    }
  }

  private know(tenant: string, host: string): Known {
    const health = new DestinationHealth(this.mostPlaces, this.troubleAfterMs);
    const known = { tenant, host, health, reportedMs: -Infinity, shared: false };
    this.known.set(keyOf(tenant, host), known);
    return known;
  }

  private async report(known: Known): Promise<void> {
    const { tenant, host, health, reportedMs } = known;
    if (!health.troubled) return;
    const report = health.takeReport(performance.now() - reportedMs < REPORT_EVERY_MS);
    if (!report) return;
    known.reportedMs = performance.now();
    try {
      await this.shared.report(tenant, host, report);
      known.shared = true;
    } catch (error) {
      health.giveBack(report);
      throw error;
    }
  }
}

function keyOf(tenant: string, host: string): string {
  return `${tenant} ${host}`;
}
