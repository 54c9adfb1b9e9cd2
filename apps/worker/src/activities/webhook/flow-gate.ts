import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Delivery, FlowControl } from '#contracts/delivery.js';
import { PROVIDERS, SMTP_PROVIDER } from '#contracts/email.js';
import type { FlowLimit, Flows } from '#database/flows.js';
import { Logger } from '#observability/logger.js';
import { EngineClock } from './engine-clock.js';

/** So long before it is due a delivery asks for its place, so that asking is not lateness. */
export const ASK_AHEAD_MS = 250;
/** A place that is further away is not waited for in memory. */
const HOLD_MS = 5_000;
/** One that was met this late is lost: what missed its place must not come in a crowd. */
const MISSED_MS = 100;
const SLOT_POLL_MS = 200;
/** So long a slot is waited for in memory; whoever has waited in vain comes back after twice that. */
const SLOT_WAIT_MS = 15_000;
/** A slot of a worker that is gone is free again after this. */
const SLOT_LEASE_MS = 10_000;
const KEEP_EVERY_MS = 3_000;
const READ_EVERY_MS = 5_000;
const FORGET_EVERY_MS = 600_000;
/** A database that does not answer when the worker starts is asked again, ... */
const FIRST_READ_AGAIN_MS = 500;
/** ... and holds up the first windows no longer than this. */
const FIRST_READ_MS = 5_000;
/** What can not be decided because the database does not answer comes back after this. */
const UNDECIDED_MS = 10_000;

/** May go, and says so when it has ended; or is to come back, perhaps with a place of its own. */
export type FlowPass =
  { leave: () => void; untilMs?: undefined } | { untilMs: number; hasPlace?: boolean; leave?: undefined };

/** When something may go at the earliest, and whether that is its place. */
export type FlowDue = Pick<Delivery, 'atMs' | 'hasPlace'>;

/** Limits of providers that hold unless others are stored. */
export type ProviderFlows = Readonly<Record<string, Omit<FlowControl, 'key'>>>;

interface Waiting {
  dueMs: number;
  resolve: (waitMs: number) => void;
  reject: (error: unknown) => void;
}

/** Keeps what timers, destinations and providers say of rate and parallelism, together with all other workers. */
@Injectable()
export class FlowGate implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly holder = randomUUID();
  private readonly lines = new Map<string, Waiting[]>();
  private ofDestinations = new Map<string, FlowControl>();
  private readonly ticking: NodeJS.Timeout[] = [];
  private readonly prepared: Promise<void>;
  private setPrepared: () => void = () => undefined;

  constructor(
    private readonly clock: EngineClock,
    private readonly logger: Logger,
    private readonly flows?: Flows,
    private readonly ofProviders: ProviderFlows = {},
  ) {
    this.prepared = new Promise((resolve) => (this.setPrepared = resolve));
    if (!flows) this.setPrepared();
  }

  onApplicationBootstrap(): void {
    const { flows } = this;
    if (!flows) return;
    const every = (ms: number, act: () => Promise<void>, what: string) =>
      setInterval(() => void act().catch((error: unknown) => this.logger.warn({ err: error }, what)), ms);
    const keep = () => flows.keepSlots(this.holder, SLOT_LEASE_MS);
    this.ticking.push(every(KEEP_EVERY_MS, keep, 'Could not keep the slots of flows'));
    this.ticking.push(
      every(READ_EVERY_MS, () => this.read(flows), 'Could not read the flows of destinations'),
    );
    const forget = () => flows.forgetUnused();
    this.ticking.push(every(FORGET_EVERY_MS, forget, 'Could not take away what flows had left'));
    const first = setInterval(() => void this.read(flows).catch(() => undefined), FIRST_READ_AGAIN_MS);
    this.ticking.push(first, setTimeout(this.setPrepared, FIRST_READ_MS));
    void this.prepared.then(() => clearInterval(first));
    void this.read(flows).catch(() => undefined);
  }

  // Deliveries go on, and keep their slots, until every onModuleDestroy has ended.
  beforeApplicationShutdown(): void {
    for (const timer of this.ticking) clearInterval(timer);
  }

  /** Resolves when the limits of destinations are known: at once, except for the first windows of a worker. */
  prepare(): Promise<void> {
    return this.prepared;
  }

  /** The limits that a delivery is under, in the order in which slots are taken. */
  limitsOf(tenant: string, { url, flow, email }: Delivery): FlowLimit[] {
    if (email) return this.limitsOfProvider(SMTP_PROVIDER);
    const ofDestination = this.ofDestinations.get(`${tenant} ${new URL(url).host}`);
    return [ofDestination, flow && { ...flow, key: `key:${flow.key}` }]
      .filter((control) => control !== undefined)
      .map(limitOf);
  }

  /** Resolves when the delivery may go. Once it is `over` it may not, but is to come back when it would have gone. */
  enter(tenant: string, delivery: Delivery, over: AbortSignal): Promise<FlowPass> {
    return this.pass(delivery.email ? PROVIDERS : tenant, this.limitsOf(tenant, delivery), delivery, over);
  }

  /**
   * The same for what is no delivery of a timer. What is to come back says when it was told to, and whether that is its
   * place.
   */
  enterProvider(
    provider: string,
    over: AbortSignal,
    due: FlowDue = { atMs: this.clock.now() },
  ): Promise<FlowPass> {
    return this.pass(PROVIDERS, this.limitsOfProvider(provider), due, over);
  }

  /** Whether there are limits for a provider. */
  limitsProvider(provider: string): boolean {
    return this.limitsOfProvider(provider).length > 0;
  }

  private limitsOfProvider(provider: string): FlowLimit[] {
    const stored = this.ofDestinations.get(`${PROVIDERS} ${provider}`);
    const { rate, periodMs, parallelism } = stored ?? this.ofProviders[provider] ?? {};
    if (rate === undefined && parallelism === undefined) return [];
    return [limitOf({ key: `host:${provider}`, rate, periodMs, parallelism })];
  }

  private async pass(
    tenant: string,
    limits: FlowLimit[],
    delivery: FlowDue,
    over: AbortSignal,
  ): Promise<FlowPass> {
    const { flows } = this;
    if (limits.length === 0) {
      const free = () => undefined;
      // They may have been taken away since they were looked at, which was before its time.
      const isEarly = delivery.atMs > this.clock.now();
      return isEarly ? this.hold(delivery.atMs, delivery.hasPlace, free, over) : { leave: free };
    }
    if (!flows) return { untilMs: this.clock.now() + UNDECIDED_MS };
    const leaving: (() => void)[] = [];
    const leave = () => leaving.splice(0).forEach((giveBack) => giveBack());
    try {
      for (const { key, parallelism } of limits) {
        if (parallelism === undefined) continue;
        const giveBack = await this.takeSlot(flows, tenant, { key, parallelism }, over);
        if (giveBack) leaving.push(giveBack);
        if (over.aborted || !giveBack) {
          leave();
          if (over.aborted) return { untilMs: delivery.atMs, hasPlace: delivery.hasPlace };
          return { untilMs: this.clock.now() + SLOT_WAIT_MS * (1 + 2 * Math.random()) };
        }
      }
      const waitMs = await this.waitFor(flows, tenant, limits, delivery);
      return await this.hold(Math.max(delivery.atMs, this.clock.now() + waitMs), true, leave, over);
    } catch (error) {
      leave();
      this.logger.warn({ err: error }, 'Could not ask for a place in a flow');
      return { untilMs: this.clock.now() + UNDECIDED_MS };
    }
  }

  // A timeout may ring 1 ms early, and the clock may be corrected meanwhile: look again.
  private async hold(
    goMs: number,
    hasPlace: boolean | undefined,
    leave: () => void,
    over: AbortSignal,
  ): Promise<FlowPass> {
    for (;;) {
      const leftMs = goMs - this.clock.now();
      if (over.aborted || leftMs > HOLD_MS) {
        leave();
        return { untilMs: goMs, hasPlace };
      }
      if (leftMs <= 0) return { leave };
      await pause(Math.ceil(leftMs), over);
    }
  }

  private async waitFor(
    flows: Flows,
    tenant: string,
    limits: FlowLimit[],
    { atMs, hasPlace }: FlowDue,
  ): Promise<number> {
    const nowMs = this.clock.now();
    const withRate = limits.flatMap(({ key, intervalMs }) =>
      intervalMs === undefined ? [] : { key, intervalMs },
    );
    if (withRate.length === 0 || (hasPlace && nowMs <= atMs + MISSED_MS)) return atMs - nowMs;
    return this.takePlace(flows, tenant, withRate, atMs);
  }

  // While one asks the database others gather, and go with the next question.
  private takePlace(
    flows: Flows,
    tenant: string,
    limits: { key: string; intervalMs: number }[],
    dueMs: number,
  ): Promise<number> {
    const name = JSON.stringify([tenant, limits]);
    const line = this.lines.get(name);
    return new Promise((resolve, reject) => {
      if (line) return void line.push({ dueMs, resolve, reject });
      this.lines.set(name, [{ dueMs, resolve, reject }]);
      void this.askForAll(name, (aheadMs) => flows.takePlaces(tenant, limits, aheadMs));
    });
  }

  private async askForAll(name: string, ask: (aheadMs: number[]) => Promise<number[]>): Promise<void> {
    const line = this.lines.get(name) ?? [];
    // Those that are due at the same moment ask in the same turn.
    await new Promise((resolve) => setImmediate(resolve));
    while (line.length > 0) {
      const asking = line.splice(0).sort((a, b) => a.dueMs - b.dueMs);
      try {
        const nowMs = this.clock.now();
        const waits = await ask(asking.map(({ dueMs }) => dueMs - nowMs));
        asking.forEach(({ resolve }, index) => resolve(waits[index] ?? 0));
      } catch (error) {
        for (const { reject } of asking) reject(error);
      }
    }
    this.lines.delete(name);
  }

  private async takeSlot(
    flows: Flows,
    tenant: string,
    limit: { key: string; parallelism: number },
    over: AbortSignal,
  ): Promise<(() => void) | undefined> {
    const lease = { holder: this.holder, leaseMs: SLOT_LEASE_MS };
    const giveUpMs = performance.now() + SLOT_WAIT_MS;
    while (!over.aborted && performance.now() < giveUpMs) {
      const slot = await flows.takeSlot(tenant, limit, lease);
      if (slot !== undefined) {
        const giveBack = () => flows.giveSlot(tenant, limit.key, slot, this.holder);
        return () =>
          void giveBack().catch((error: unknown) =>
            this.logger.warn({ err: error }, 'A slot of a flow is free only when its time is over'),
          );
      }
      await pause(SLOT_POLL_MS * (0.5 + Math.random()), over);
    }
    return undefined;
  }

  private async read(flows: Flows): Promise<void> {
    const rows = await flows.destinations();
    this.ofDestinations = new Map(
      rows.map(({ tenant, host, rate, periodMs, parallelism }) => [
        `${tenant} ${host}`,
        {
          key: `host:${host}`,
          ...(rate !== null && { rate }),
          ...(periodMs !== null && { periodMs }),
          ...(parallelism !== null && { parallelism }),
        },
      ]),
    );
    this.setPrepared();
  }
}

function limitOf({ key, rate, periodMs = 1_000, parallelism }: FlowControl): FlowLimit {
  return { key, parallelism, ...(rate !== undefined && { intervalMs: periodMs / rate }) };
}

/** Resolves after the time, or as soon as it is over. */
async function pause(delayMs: number, over: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, { signal: over }).catch(() => undefined);
}
