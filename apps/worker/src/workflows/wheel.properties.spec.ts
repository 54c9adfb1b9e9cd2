import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import type { Attempt, Delivery } from '#contracts/delivery.js';
import type { TimerChange } from '#contracts/timer-change.js';
import { encodeTimerId } from '#contracts/timer-id.js';
import type { TimersInput, WheelSettings } from '#contracts/timers.js';
import { Wheel } from './wheel.js';

const T0 = 1_800_000_000_000;
const settings: WheelSettings = {
  leadMs: 2_000,
  widthMs: 3_000,
  requestTimeoutMs: 30_000,
  retryDelaysMs: [5_000, 60_000],
};
const MAX_ATTEMPTS = settings.retryDelaysMs.length + 1;

/** What may happen, in any order: time passes, windows end or are handed back, reports come, a run is continued. */
const anyEvent = fc.oneof(
  fc.record({ what: fc.constant('time' as const), ms: fc.integer({ min: 0, max: 90_000 }) }),
  fc.record({
    what: fc.constant('close' as const),
    pick: fc.nat(),
    fates: fc.array(anyFate(), { maxLength: 12 }),
  }),
  fc.record({
    what: fc.constant('lose' as const),
    pick: fc.nat(),
    recorded: fc.array(fc.boolean(), { maxLength: 12 }),
  }),
  fc.record({
    what: fc.constant('change' as const),
    index: fc.nat({ max: 13 }),
    kind: fc.constantFrom('cancel' as const, 'fire' as const, 'redeliver' as const, 'modify' as const),
    moveMs: fc.integer({ min: 0, max: 120_000 }),
    fates: fc.array(anyFate(), { maxLength: 12 }),
  }),
  fc.record({ what: fc.constant('report' as const), pick: fc.nat(), delivered: fc.boolean() }),
  fc.record({
    what: fc.constant('stray' as const),
    index: fc.nat({ max: 13 }),
    number: fc.integer({ min: 0, max: 5 }),
  }),
  fc.record({ what: fc.constant('continue' as const) }),
);

function anyFate() {
  return fc.constantFrom(...(['delivered', 'failed', 'failed', 'refused', 'inFlight', 'notBegun'] as const));
}

function idOf(index: number): string {
  return encodeTimerId({ dueMs: T0, index, groupKey: '8000000000000001' });
}

/** A worker and an engine around the wheel, which see to it that its promises are kept. */
class World {
  nowMs = T0;
  private readonly windows = new Map<number, Delivery[]>();
  private readonly inFlight: Delivery[] = [];
  private readonly heldBy = new Map<number, number>();
  private readonly ended = new Map<number, string>();
  /** Begun by workers that were lost before they could tell. */
  private readonly maybeBegun = new Set<number>();
  private readonly redelivered = new Map<number, number>();
  /** Brought back at this time, which may be before the time it was set for: it had expired before that. */
  private readonly reopenedMs = new Map<number, number>();
  private changes = 0;
  private deciding = false;

  constructor(private wheel: Wheel) {
    this.turn();
  }

  get done(): boolean {
    return this.wheel.ended;
  }

  /** What the workflow does whenever it wakes up. */
  turn(): void {
    this.wheel.passTime(this.nowMs);
    for (let opened; (opened = this.wheel.openWindow(this.nowMs));) {
      if (opened.window.deliveries.length === 0) throw new Error('an empty window was opened');
      this.windows.set(opened.number, opened.window.deliveries);
      for (const delivery of opened.window.deliveries) this.hold(opened.number, delivery);
    }
    this.check();
  }

  passTime(ms: number): void {
    this.nowMs += ms;
    this.turn();
  }

  close(pick: number, fates: readonly string[]): void {
    const number = [...this.windows.keys()][pick % (this.windows.size || 1)];
    const deliveries = this.windows.get(number ?? -1);
    if (number === undefined || !deliveries) return;
    const attempts: Attempt[] = [];
    const inFlight: number[] = [];
    deliveries.forEach((delivery, at) => {
      const fate = fates[at % (fates.length || 1)] ?? 'delivered';
      if (fate === 'inFlight') {
        inFlight.push(delivery.index);
        this.inFlight.push(delivery);
      } else if (fate !== 'notBegun') {
        const ended = this.outcome(delivery, fate === 'delivered');
        attempts.push({ ...ended, ...(fate === 'refused' && { final: true }) });
      }
      this.heldBy.delete(delivery.index);
    });
    this.windows.delete(number);
    this.wheel.closeWindow(number, { attempts, inFlight }, this.nowMs);
    for (const { index } of attempts.filter(({ final }) => final)) {
      const { status } = this.wheel.view(index) ?? {};
      if (status !== 'failed') throw new Error(`timer ${index} was refused for good and is ${status}`);
    }
    this.turn();
  }

  /** A worker dies: of what it has begun it has recorded a part. */
  lose(pick: number, recorded: readonly boolean[]): void {
    const number = [...this.windows.keys()][pick % (this.windows.size || 1)];
    const deliveries = this.windows.get(number ?? -1);
    if (number === undefined || !deliveries) return;
    const begun = deliveries.filter(({ atMs }) => atMs <= this.nowMs);
    const known = begun.filter((_delivery, at) => recorded[at % (recorded.length || 1)]);
    for (const { index } of begun) if (!known.some((one) => one.index === index)) this.maybeBegun.add(index);
    for (const { index } of deliveries) this.heldBy.delete(index);
    this.windows.delete(number);
    const attempts = known.map((delivery) => this.outcome(delivery, false));
    this.wheel.closeWindow(number, { attempts, inFlight: [] }, this.nowMs, true);
    this.turn();
  }

  /** As the workflow decides it: the window that holds the timer ends first. */
  change(index: number, change: TimerChange, fates: readonly string[]): void {
    const id = idOf(index);
    const endedBefore = this.ended.get(index);
    this.wheel.beginChange(id);
    this.deciding = true;
    const window = this.wheel.windowOf(id);
    if (window !== undefined) this.close([...this.windows.keys()].indexOf(window), fates);
    this.turn();
    const { outcome } = this.wheel.endChange({ changeId: `${++this.changes}`, id, change }, this.nowMs);
    this.deciding = false;
    if (outcome === 'made' && !endedBefore && this.underWay(index)) {
      throw new Error(`timer ${index} was changed while it was under way`);
    }
    if (outcome === 'made' && change.kind === 'redeliver') {
      this.ended.delete(index);
      this.redelivered.set(index, (this.redelivered.get(index) ?? 0) + 1);
      this.reopenedMs.set(index, this.nowMs);
    } else if (outcome === 'made') {
      this.reopenedMs.delete(index);
    }
    this.turn();
  }

  report(pick: number, delivered: boolean): void {
    const [delivery] = this.inFlight.splice(pick % (this.inFlight.length || 1), 1);
    if (!delivery) return;
    this.wheel.applyAttempt(this.outcome(delivery, delivered));
    this.turn();
  }

  /** A report that nobody can have made: of an attempt that is not under way. */
  stray(index: number, number: number): void {
    const before = JSON.stringify(this.wheel.views());
    const underWay = [...this.windows.values()].flat().concat(this.inFlight);
    if (underWay.some((delivery) => delivery.index === index && delivery.attempt === number)) return;
    this.wheel.applyAttempt({ index, attempt: number, startedMs: 0, finishedMs: 0, statusCode: 200 });
    if (JSON.stringify(this.wheel.views()) !== before) throw new Error('a stray report changed something');
  }

  continueAsNew(): void {
    if (this.wheel.holdsWindows) return;
    const before = JSON.stringify(this.wheel.views());
    this.wheel = new Wheel(JSON.parse(JSON.stringify(this.wheel.continued())) as TimersInput, () => 0.3);
    if (JSON.stringify(this.wheel.views()) !== before) throw new Error('a new run has lost something');
    this.turn();
  }

  private hold(number: number, { index, attempt, atMs }: Delivery): void {
    if (this.heldBy.has(index)) throw new Error(`timer ${index} is in two windows`);
    if (this.ended.has(index)) throw new Error(`timer ${index} has ended and was taken into a window`);
    if (atMs > this.nowMs + settings.leadMs + settings.widthMs)
      throw new Error(`timer ${index} was taken too early`);
    if (attempt > MAX_ATTEMPTS * (1 + (this.redelivered.get(index) ?? 0)))
      throw new Error(`timer ${index} got attempt ${attempt}`);
    this.heldBy.set(index, number);
  }

  // What was not reported in time counts as lost by then, and is no more under way.
  private underWay(index: number): boolean {
    const ended = this.wheel.view(index)?.attempts ?? 0;
    const flies = this.inFlight.some((delivery) => delivery.index === index && delivery.attempt > ended);
    return flies || this.maybeBegun.has(index);
  }

  // A worker begins nothing before its time.
  private outcome({ index, attempt, atMs }: Delivery, delivered: boolean): Attempt {
    this.maybeBegun.delete(index);
    const endedMs = Math.max(this.nowMs, atMs);
    this.nowMs = endedMs;
    const times = { startedMs: endedMs, finishedMs: endedMs };
    return { index, attempt, ...times, ...(delivered ? { statusCode: 200 } : { error: 'reset' as const }) };
  }

  private check(): void {
    this.wheel.views().forEach(({ status, nextAttemptMs, held, timer }, index) => {
      const endedBefore = this.ended.get(index);
      if (endedBefore && endedBefore !== status)
        throw new Error(`timer ${index} was ${endedBefore}, is ${status}`);
      if (status !== 'scheduled' && status !== 'retrying') this.ended.set(index, status);
      else if (!held && !this.deciding && nextAttemptMs <= this.nowMs + settings.leadMs)
        throw new Error(`timer ${index} was left behind`);
      if (nextAttemptMs < Math.min(timer.dueMs, this.reopenedMs.get(index) ?? Infinity))
        throw new Error(`timer ${index} would be early`);
      if (this.heldBy.has(index) && !held) throw new Error(`timer ${index} is held and not known to be`);
    });
    if (!this.done && !this.deciding && this.wheel.nextWakeMs === Infinity && this.windows.size === 0)
      throw new Error('it sleeps forever');
  }
}

describe('the wheel, whatever happens in whatever order', () => {
  it('holds each timer once and never early, ends it in one state, forgets none, and comes to an end', () => {
    const anyDues = fc.array(fc.integer({ min: -60_000, max: 600_000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(anyDues, fc.array(anyEvent, { maxLength: 60 }), (dues, events) => {
        const timers = dues.map((due, index) => ({
          ...{ id: idOf(index), dueMs: T0 + due, url: 'http://example.com/' },
          ...(index % 3 === 1 && { expiresMs: T0 + due + 30_000, onFailure: 'http://example.com/failed' }),
        }));
        const world = new World(new Wheel({ tenant: 'default', settings, timers }, () => 0.7));
        for (const event of events) {
          if (event.what === 'time') world.passTime(event.ms);
          else if (event.what === 'close') world.close(event.pick, event.fates);
          else if (event.what === 'lose') world.lose(event.pick, event.recorded);
          else if (event.what === 'change') {
            const { kind, moveMs } = event;
            const change = kind === 'modify' ? { kind, set: { dueMs: world.nowMs + moveMs } } : { kind };
            world.change(event.index, change, event.fates);
          } else if (event.what === 'report') world.report(event.pick, event.delivered);
          else if (event.what === 'stray') world.stray(event.index, event.number);
          else world.continueAsNew();
        }
        for (let round = 0; !world.done; round++) {
          if (round > 100) throw new Error('it does not come to an end');
          world.passTime(120_000);
          for (let i = 0; i < 12; i++) world.close(0, ['failed', 'delivered']);
        }
      }),
      {
        numRuns: 500,
        // Expires before it is due, and is brought back.
        examples: [
          [
            [0, 0, 0, 0, 0],
            [
              { what: 'change', index: 4, kind: 'modify', moveMs: 30_000, fates: ['failed'] },
              { what: 'change', index: 4, kind: 'redeliver', moveMs: 0, fates: [] },
            ],
          ],
        ],
      },
    );
  });
});
