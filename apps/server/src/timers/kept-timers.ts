import { Inject, Injectable } from '@nestjs/common';
import { decodeTimerId, FIRST_DUE_MS, workflowIdOf } from '#contracts/timer-id.js';
import { statusAt } from '#contracts/timers.js';
import type { Timer, TimerView } from '#contracts/timers.js';
import type { Modification, SimpleChange, TimerChange } from '#contracts/timer-change.js';
import type { TimerRequest } from '#timers/group-start.js';
import { TimerChanges } from '#timers/timer-changes.js';
import type { Changed } from '#timers/timer-changes.js';
import { TimerReader } from '#timers/timer-reader.js';
import { fingerprintOf } from '../http/idempotency-key.js';
import { allowedVersions, changedMeanwhile } from '../http/if-match.js';
import { Quotas } from '../tenants/quotas.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { GroupCommit } from './group-commit.js';
import { KeyedGroups } from './keyed-groups.js';
import { notPossible, TIMER_WORDS, tooLarge, unknownTimer } from './timer-words.js';
import type { TimerWords } from './timer-words.js';

/** Somebody else changes the same timer at the same time: so often that is taken into account. */
const MAX_TRIES = 5;

/** What a request sets: checked, and in the form in which it is kept. Throws a problem if it can not be. */
export type Accept = (nowMs: number) => Promise<TimerRequest>;

/** A request that came with an `Idempotency-Key`. */
export interface Keyed {
  route: string;
  key: string;
  body: object;
}

export interface SetTimer {
  timer: Timer;
  /** When it was set. */
  atMs: number;
  /** By the same request with the same key, before. */
  replayed: boolean;
}

export interface ChangedView {
  view: TimerView;
  /** False while no worker was there to decide it. */
  decided: boolean;
}

/** The timers of one kind, set, read and changed, whatever their resource makes of them. */
@Injectable()
export class KeptTimers {
  constructor(
    private readonly groupCommit: GroupCommit,
    private readonly keyedGroups: KeyedGroups,
    private readonly reader: TimerReader,
    private readonly changes: TimerChanges,
    private readonly quotas: Quotas,
    @Inject(TIMER_WORDS) private readonly words: TimerWords,
  ) {}

  /** Sets a timer. With a key it is set once, however often the same is asked for. */
  async set(tenant: RequestTenant, accept: Accept, keyed?: Keyed): Promise<SetTimer> {
    const nowMs = Date.now();
    if (keyed) return this.setOnce(tenant, accept, keyed, nowMs);
    const request = await accept(nowMs);
    await this.quotas.admit(tenant, 1);
    return { timer: await this.groupCommit.add(tenant.id, request), atMs: nowMs, replayed: false };
  }

  /** When it was due, if that is all that is known of it any more. Throws a problem if there is none. */
  async read(tenant: RequestTenant, id: string): Promise<TimerView | { purgedDueMs: number }> {
    const view = await this.view(tenant, id);
    if (view) return view;
    const { dueMs = Infinity } = decodeTimerId(id) ?? {};
    if (dueMs < FIRST_DUE_MS || dueMs > Date.now()) throw unknownTimer(this.words, id);
    return { purgedDueMs: dueMs };
  }

  /**
   * Changes a timer, in the version that the client knows if it says which; or tells that no worker was there to decide
   * it yet: then it is made as soon as one is.
   */
  async change(
    tenant: RequestTenant,
    id: string,
    kind: SimpleChange['kind'],
    ifMatch?: string,
  ): Promise<ChangedView> {
    const allowed = allowedVersions(ifMatch);
    // The workflow decides, but without a worker nobody would learn of it.
    const view = allowed && (await this.view(tenant, id));
    if (view) this.requireVersion(view, allowed);
    const change = { kind, ...(allowed && { ifVersions: allowed }) };
    return this.answer(tenant, id, kind, await this.changes.change(tenant.id, id, change));
  }

  /** Makes the timer another one, in the version that the client knows if it says which. */
  async modify(
    tenant: RequestTenant,
    id: string,
    modification: (view: TimerView) => Modification | Promise<Modification>,
    ifMatch?: string,
  ): Promise<ChangedView> {
    const allowed = allowedVersions(ifMatch);
    // What is allowed depends on how the timer stands: it must still stand so when the change is made.
    for (let tries = 1; ; tries++) {
      const view = await this.view(tenant, id);
      if (!view) throw await this.notPossible(tenant, id, 'modify');
      this.requireVersion(view, allowed);
      const change = { ...(await modification(view)), ifVersions: allowed };
      const changed = await this.changes.change(tenant.id, id, change);
      if (changed.outcome === 'stale' && tries < MAX_TRIES) continue;
      return this.answer(tenant, id, 'modify', changed);
    }
  }

  private setOnce(
    tenant: RequestTenant,
    accept: Accept,
    { route, key, body }: Keyed,
    nowMs: number,
  ): Promise<SetTimer> {
    const keyed = { tenant: tenant.id, route, key, fingerprint: fingerprintOf(body) };
    return this.keyedGroups.alone(keyed, async () => {
      // First of all: what was in order when it first came may not be any more, such as a time to expire.
      let stored = await this.keyedGroups.find(keyed, 0, nowMs);
      if (!stored) {
        const request = await accept(nowMs);
        await this.quotas.admit(tenant, 1);
        stored = await this.keyedGroups.store(keyed, { number: 0, requests: [request] }, nowMs);
      }
      const { timers, atMs, replayed } = stored;
      return { timer: timers[0] as Timer, atMs, replayed };
    });
  }

  private async view(tenant: RequestTenant, id: string): Promise<TimerView | null> {
    const parts = decodeTimerId(id);
    const workflowId = parts && workflowIdOf(tenant.id, parts, this.words.kind);
    const view = workflowId ? await this.reader.read(workflowId, parts.index) : null;
    return view?.timer.id === id ? view : null;
  }

  private async answer(
    tenant: RequestTenant,
    id: string,
    kind: TimerChange['kind'],
    { outcome, view, dispatching }: Changed,
  ): Promise<ChangedView> {
    if (outcome === 'stale') throw changedMeanwhile(`${this.words.noun} ${id}`, view?.version ?? 0);
    if (outcome === 'too-large') throw tooLarge();
    if (!view || outcome === 'refused' || outcome === 'unknown')
      throw await this.notPossible(tenant, id, kind, dispatching ? 'dispatching' : view);
    return { view, decided: outcome === 'made' };
  }

  private async notPossible(
    tenant: RequestTenant,
    id: string,
    kind: TimerChange['kind'],
    known?: 'dispatching' | TimerView | null,
  ) {
    if (known === 'dispatching') return notPossible(this.words, id, kind, known);
    const view = known ?? (await this.read(tenant, id));
    const status = 'purgedDueMs' in view ? 'purged' : statusAt(view, Date.now());
    return notPossible(this.words, id, kind, status);
  }

  private requireVersion({ timer, version }: TimerView, allowed: number[] | undefined): void {
    if (allowed?.includes(version) === false)
      throw changedMeanwhile(`${this.words.noun} ${timer.id}`, version);
  }
}
