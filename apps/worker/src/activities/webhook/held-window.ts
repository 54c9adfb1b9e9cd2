import { setMaxListeners } from 'node:events';
import { isSuccess } from '#contracts/delivery.js';
import type { Attempt, Delivery, DeliveryWindow, Postponed, WindowEnd } from '#contracts/delivery.js';
import { WINDOW_LIMIT_MS } from '#contracts/lease.js';
import type { Destinations } from './destinations.js';
import { EarlyEnd } from './early-end.js';
import type { Outlook } from './early-end.js';
import type { EngineClock } from './engine-clock.js';
import { ASK_AHEAD_MS } from './flow-gate.js';
import type { FlowGate } from './flow-gate.js';
import type { Lease } from '../lease/lease.js';
import type { Slots } from './slots.js';
import type { Sender } from './sender.js';

/** From here on a delivery is late rather than punctual, and makes way for punctual ones. */
const OVERDUE_MS = 1_000;

/** So long before a delivery is due, a connection to its destination is opened; and once more if one that was open has gone. */
const WARM_UP_MS = [1_000, 250];

/** So long before a delivery is due, what it goes by is looked up: secrets and limits may be changed while a window is open. */
const LOOK_UP_MS = 5_000;
/** Deliveries that are this close together go by the same. */
const LOOK_UP_AGAIN_MS = 1_000;

/** A connection that was used so long ago may be closed. */
const KEPT_OPEN_MS = 2_000;

/** What e-mails hold their slots for. No host is called so. */
export const SMTP_SLOTS = '@smtp';

export interface HeldWindowOptions {
  window: DeliveryWindow;
  /** What a worker recorded that had the window before. */
  recorded: Attempt[];
  clock: EngineClock;
  slots: Slots;
  destinations: Pick<Destinations, 'admit' | 'record'>;
  flows: Pick<FlowGate, 'prepare' | 'enter' | 'limitsOf'>;
  sender: Pick<Sender, 'send' | 'prepare' | 'warmUp'>;
}

/**
 * A window in the memory of one worker: waits for the millisecond of each delivery and sends it. It ends when all are
 * sent, or at once when it is stopped: then it neither waits for nor breaks off what is under way.
 */
export class HeldWindow {
  /** What has ended so far. */
  readonly attempts: Attempt[];
  private readonly postponed: Postponed[] = [];
  private readonly pending: Delivery[];
  private readonly underWay = new Map<number, Promise<Attempt>>();
  private readonly alarms = new Set<NodeJS.Timeout>();
  /** Those that are neither done nor given up. */
  private readonly open: Set<number>;
  private closed = false;
  private readonly warmed = new Map<string, number>();
  private preparedMs = -Infinity;
  private readonly early: EarlyEnd;
  private readonly over = new AbortController();
  private prepared: Promise<void> = Promise.resolve();
  private readonly finished: Promise<void>;
  private finish: () => void = () => undefined;

  constructor(private readonly options: HeldWindowOptions) {
    const { window, recorded } = options;
    this.attempts = [...recorded];
    const done = new Set(recorded.map(({ index }) => index));
    this.pending = window.deliveries.filter(({ index }) => !done.has(index));
    this.open = new Set(this.pending.map(({ index }) => index));
    // One for each delivery that waits in a flow.
    setMaxListeners(0, this.over.signal);
    this.finished = new Promise((resolve) => (this.finish = resolve));
    if (this.open.size === 0) this.finish();
    this.early = new EarlyEnd(
      () => this.outlook(),
      (delayMs, look) => this.setAlarm(delayMs, look),
      () => this.stop(),
    );
  }

  /** From here on deliveries are sent, each only while the lease is held. */
  begin(lease: Lease): void {
    if (this.stopped) return;
    this.setAlarm(WINDOW_LIMIT_MS, () => this.stop());
    const { flows, recorded, window } = this.options;
    void this.prepare();
    if (window.deliveries.some((each) => recorded.some((attempt) => isFollowed(each, attempt))))
      this.early.ask();
    void flows.prepare().then(() => {
      for (const delivery of this.pending) this.setOut(delivery, lease);
    });
  }

  /** Resolves when everything is sent or the window was stopped. */
  whenOver(): Promise<void> {
    return this.finished;
  }

  /** Begins nothing more. */
  stop(): void {
    this.over.abort();
    for (const alarm of this.alarms) clearTimeout(alarm);
    this.finish();
  }

  /** What the window leaves behind, and the attempts that are still under way. */
  close(): { end: WindowEnd; underWay: Promise<Attempt>[] } {
    this.stop();
    this.closed = true;
    return {
      end: {
        attempts: [...this.attempts],
        inFlight: [...this.underWay.keys()],
        ...(this.postponed.length > 0 && { postponed: [...this.postponed] }),
      },
      underWay: [...this.underWay.values()],
    };
  }

  private get stopped(): boolean {
    return this.over.signal.aborted;
  }

  private prepare(): Promise<void> {
    if (performance.now() - this.preparedMs >= LOOK_UP_AGAIN_MS) {
      this.preparedMs = performance.now();
      this.prepared = this.options.sender.prepare(this.options.window.tenant);
    }
    return this.prepared;
  }

  private setOut(delivery: Delivery, lease: Lease): void {
    if (this.stopped) return;
    const tooEarlyMs = delivery.atMs - LOOK_UP_MS - this.options.clock.now();
    if (tooEarlyMs > 0) return this.setAlarm(tooEarlyMs, () => this.setOut(delivery, lease));
    if (!URL.canParse(delivery.url)) return this.refuse(delivery);
    const prepared = this.prepare();
    this.warmUpFor(delivery);
    if (this.options.flows.limitsOf(this.options.window.tenant, delivery).length > 0)
      this.sendInFlow(delivery, lease, prepared);
    else this.sendWhenDue(delivery, lease, prepared);
  }

  // Deliveries come in the order of their times: the first to a destination, or the first after a while, is the one to be
  // ready for.
  private warmUpFor(delivery: Delivery): void {
    const { origin } = new URL(delivery.url);
    const usedMs = this.warmed.get(origin) ?? -Infinity;
    this.warmed.set(origin, delivery.atMs);
    if (delivery.atMs - usedMs <= KEPT_OPEN_MS) return;
    const leftMs = delivery.atMs - this.options.clock.now();
    if (leftMs <= 0) return;
    for (const aheadMs of WARM_UP_MS)
      this.setAlarm(Math.max(0, leftMs - aheadMs), () => this.options.sender.warmUp(delivery));
  }

  // A timeout may ring 1 ms early, and the clock may have been corrected meanwhile: look again.
  private sendWhenDue(delivery: Delivery, lease: Lease, prepared: Promise<void>): void {
    const waitMs = delivery.atMs - this.options.clock.now();
    if (waitMs > 0) this.setAlarm(waitMs, () => this.sendWhenDue(delivery, lease, prepared));
    else void this.dispatch(delivery, lease, prepared);
  }

  // As above, but that its place in its flows is asked for first.
  private sendInFlow(delivery: Delivery, lease: Lease, prepared: Promise<void>): void {
    const { clock, flows, window } = this.options;
    const askMs = delivery.atMs - ASK_AHEAD_MS - clock.now();
    if (askMs > 0) return this.setAlarm(askMs, () => this.sendInFlow(delivery, lease, prepared));
    void flows.enter(window.tenant, delivery, this.over.signal).then(async (pass) => {
      if (!pass.leave) this.postpone(delivery, pass);
      else if (this.stopped) pass.leave();
      else await this.dispatch(delivery, lease, prepared).finally(pass.leave);
    });
  }

  private setAlarm(delayMs: number, ring: () => void): void {
    if (this.stopped) return;
    const alarm = setTimeout(() => {
      this.alarms.delete(alarm);
      ring();
    }, delayMs);
    this.alarms.add(alarm);
  }

  private async dispatch(delivery: Delivery, lease: Lease, prepared: Promise<void>): Promise<void> {
    const { clock, slots, destinations, sender, window } = this.options;
    await prepared;
    if (this.stopped) return;
    const overdue = clock.now() - delivery.atMs > OVERDUE_MS;
    const { tenant } = window;
    const host = hostOf(delivery);
    const release = await slots.acquire({ tenant, destination: host ?? SMTP_SLOTS, overdue });
    const mayBeSent = async () => (await lease.whenHeld()) && !this.stopped;
    const hasExpired = () => clock.now() >= (delivery.expiresMs ?? Infinity);
    // Asked last, and of nothing that will not be sent: its answer may be the only probe of a paused destination for minutes.
    const isAsked = host !== undefined && (await mayBeSent()) && !hasExpired();
    const untilMs = isAsked ? await destinations.admit(tenant, host) : undefined;
    if (!(await mayBeSent())) return release();
    if (untilMs !== undefined || hasExpired()) {
      release();
      if (untilMs !== undefined) return this.postpone(delivery, { untilMs });
      this.early.ask();
      return this.done(delivery.index);
    }
    // Once the window was closed in order, the workflow waits for what was under way, and gives it to nobody.
    const mayBegin = async () => this.closed || (await lease.whenHeld()) || this.closed;
    const { attempt, connectionFree } = sender.send(delivery, window, mayBegin);
    void connectionFree.then(release);
    this.underWay.set(delivery.index, attempt);
    const ended = await attempt;
    if (host !== undefined) destinations.record(tenant, host, ended);
    this.attempts.push(ended);
    this.underWay.delete(delivery.index);
    if (isFollowed(delivery, ended)) this.early.ask();
    lease.touch();
    this.done(delivery.index);
  }

  // Nobody should have set it; that must not be the end of this worker, and of every other that takes the window over.
  private refuse({ index, attempt }: Delivery): void {
    const nowMs = this.options.clock.now();
    this.attempts.push({ index, attempt, startedMs: nowMs, finishedMs: nowMs, error: 'blocked' });
    this.early.ask();
    this.done(index);
  }

  private postpone(
    { index, expiresMs = Infinity }: Delivery,
    { untilMs, hasPlace }: Omit<Postponed, 'index'>,
  ): void {
    this.postponed.push({ index, untilMs: Math.ceil(untilMs), ...(hasPlace !== undefined && { hasPlace }) });
    const lastMs = this.pending.at(-1)?.atMs ?? 0;
    if (untilMs < lastMs || untilMs >= expiresMs) this.early.ask();
    this.done(index);
  }

  private outlook(): Outlook {
    const nowMs = this.options.clock.now();
    const toCome = this.pending.filter(({ index, atMs }) => atMs > nowMs && this.open.has(index));
    const [next] = toCome;
    return {
      nextInMs: next && next.atMs - nowMs,
      underWay: this.underWay.size,
      waiting: this.open.size - toCome.length - this.underWay.size,
    };
  }

  private done(index: number): void {
    this.open.delete(index);
    if (this.open.size === 0) this.finish();
  }
}

/** Whether the workflow has something to do about it before the window ends: another attempt, or a message. */
function isFollowed({ index, tellsSuccess, successStatuses }: Delivery, attempt: Attempt): boolean {
  return attempt.index === index && (tellsSuccess || !isSuccess(attempt.statusCode, successStatuses));
}

/** Where it goes. Undefined for e-mails: the SMTP server is ours, and no tenant's destination. */
function hostOf({ url, email }: Delivery): string | undefined {
  return email ? undefined : new URL(url).host;
}
