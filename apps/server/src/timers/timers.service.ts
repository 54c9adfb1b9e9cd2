import { Inject, Injectable } from '@nestjs/common';
import { decodeTimerId, FIRST_DUE_MS, workflowIdOf } from '#contracts/timer-id.js';
import type { Timer, TimerView } from '#contracts/timers.js';
import type { SimpleChange, TimerChange } from '#contracts/timer-change.js';
import { TimerChanges } from '#timers/timer-changes.js';
import type { Changed } from '#timers/timer-changes.js';
import { TimerReader } from '#timers/timer-reader.js';
import { DestinationCheck } from '../destinations/destination-check.js';
import { fingerprintOf } from '../http/idempotency-key.js';
import { allowedVersions, changedMeanwhile } from '../http/if-match.js';
import { Quotas } from '../tenants/quotas.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { notPossible, tooLarge } from './change-problems.js';
import { GroupCommit } from './group-commit.js';
import type { TimerRequest } from '#timers/group-start.js';
import { KeyedGroups } from './keyed-groups.js';
import type { KeyedBody } from '../http/keys-in-flight.js';
import type { StoredPart } from './keyed-groups.js';
import { readMergePatch } from './merge-patch.js';
import { newTimerAnswer, purgedAnswer, timerAnswer } from './timer-answer.js';
import { flowNeedsDatabase } from '../destinations/flow-needs-database.js';
import { modification, without } from './timer-modification.js';
import { deliveryFields } from './timer-request.js';
import type { CreateTimerDto, TimerDto } from './timers.dto.js';
import { TIMERS_SETTINGS } from './timers.settings.js';
import type { TimersSettings } from './timers.settings.js';
import { unknownTimer } from './unknown-timer.js';
import { dueTime, expiryTime } from './when.js';

/** Somebody else changes the same timer at the same time: so often that is taken into account. */
const MAX_TRIES = 5;

export interface ChangedTimer {
  timer: TimerDto;
  /** False while no worker was there to decide it. */
  decided: boolean;
}

export interface Created {
  timer: TimerDto;
  /** It had been set before, by the same request with the same key. */
  replayed: boolean;
}

@Injectable()
export class TimersService {
  constructor(
    private readonly groupCommit: GroupCommit,
    private readonly keyedGroups: KeyedGroups,
    private readonly reader: TimerReader,
    private readonly changes: TimerChanges,
    private readonly destinations: DestinationCheck,
    private readonly quotas: Quotas,
    @Inject(TIMERS_SETTINGS) private readonly settings: TimersSettings,
  ) {}

  /** Sets a timer. With a key it is set once, however often the same is asked for. */
  async create(tenant: RequestTenant, body: CreateTimerDto, key?: string): Promise<Created> {
    const nowMs = Date.now();
    if (key !== undefined) return this.createOnce(tenant, body, key, nowMs);
    const request = await this.accept(tenant, body, nowMs);
    await this.quotas.admit(tenant, 1);
    const timer = await this.groupCommit.add(tenant.id, request);
    return { timer: newTimerAnswer(timer, nowMs), replayed: false };
  }

  /** What a request of this time sets. Throws a problem if it can not be. */
  async accept(tenant: RequestTenant, body: CreateTimerDto, nowMs: number): Promise<TimerRequest> {
    const { horizonMs, wheel, keepsFlows } = this.settings;
    if (body.flow && !keepsFlows) throw flowNeedsDatabase();
    const dueMs = dueTime(body, { nowMs, horizonMs }) ?? nowMs;
    const expiresMs = expiryTime(body, dueMs, { nowMs, horizonMs });
    const fields = deliveryFields(body, { defaultDelaysMs: wheel.retryDelaysMs });
    const request = { ...fields, url: body.url, dueMs, ...(expiresMs !== undefined && { expiresMs }) };
    this.quotas.checkPayload(tenant, request);
    await this.destinations.checkAll(request);
    return request;
  }

  private createOnce(
    tenant: RequestTenant,
    body: CreateTimerDto,
    key: string,
    nowMs: number,
  ): Promise<Created> {
    const keyed = { tenant: tenant.id, route: 'POST /timers', key, fingerprint: fingerprintOf(body) };
    return this.keyedGroups.alone(keyed, async () => {
      const { timers, atMs, replayed } = await this.storeOnce(tenant, keyed, body, nowMs);
      return { timer: newTimerAnswer(timers[0] as Timer, atMs), replayed };
    });
  }

  private async storeOnce(
    tenant: RequestTenant,
    keyed: KeyedBody,
    body: CreateTimerDto,
    nowMs: number,
  ): Promise<StoredPart> {
    // First of all: what was in order when it first came may not be any more, such as a time to expire.
    const found = await this.keyedGroups.find(keyed, 0, nowMs);
    if (found) return found;
    const request = await this.accept(tenant, body, nowMs);
    await this.quotas.admit(tenant, 1);
    return this.keyedGroups.store(keyed, { number: 0, requests: [request] }, nowMs);
  }

  async get(tenant: RequestTenant, id: string): Promise<TimerDto> {
    const parts = decodeTimerId(id);
    if (!parts) throw unknownTimer(id);
    const view = await this.reader.read(workflowIdOf(tenant.id, parts), parts.index);
    if (view?.timer.id === id) return timerAnswer(view);
    const isOver = parts.dueMs >= FIRST_DUE_MS && parts.dueMs <= Date.now();
    if (view || !isOver) throw unknownTimer(id);
    return purgedAnswer(id, parts.dueMs);
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
  ): Promise<ChangedTimer> {
    const allowed = allowedVersions(ifMatch);
    // The workflow decides, but without a worker nobody would learn of it.
    const view = allowed && (await this.view(tenant, id));
    if (view) requireVersion(view, allowed);
    const change = { kind, ...(allowed && { ifVersions: allowed }) };
    return this.answer(tenant, id, kind, await this.changes.change(tenant.id, id, change));
  }

  /** Makes the timer another one, in the version that the client knows if it says which. */
  async modify(
    tenant: RequestTenant,
    id: string,
    json: Record<string, unknown>,
    ifMatch?: string,
  ): Promise<ChangedTimer> {
    const patch = await readMergePatch(json);
    const allowed = allowedVersions(ifMatch);
    if (patch.wish.flow && !this.settings.keepsFlows) throw flowNeedsDatabase();
    // What is allowed depends on how the timer stands: it must still stand so when the change is made.
    for (let tries = 1; ; tries++) {
      const view = await this.view(tenant, id);
      if (!view) throw notPossible('modify', await this.get(tenant, id));
      requireVersion(view, allowed);
      const change = { ...modification(view, patch, this.settings), ifVersions: allowed };
      this.quotas.checkPayload(tenant, { ...without(view.timer, change.unset), ...change.set });
      await this.destinations.checkAll(change.set);
      const changed = await this.changes.change(tenant.id, id, change);
      if (changed.outcome === 'stale' && tries < MAX_TRIES) continue;
      return this.answer(tenant, id, 'modify', changed);
    }
  }

  private async view(tenant: RequestTenant, id: string): Promise<TimerView | null> {
    const parts = decodeTimerId(id);
    const view = parts && (await this.reader.read(workflowIdOf(tenant.id, parts), parts.index));
    return view?.timer.id === id ? view : null;
  }

  private async answer(
    tenant: RequestTenant,
    id: string,
    kind: TimerChange['kind'],
    changed: Changed,
  ): Promise<ChangedTimer> {
    const { outcome, view, dispatching } = changed;
    if (outcome === 'stale') throw changedMeanwhile(`Timer ${id}`, view?.version ?? 0);
    if (outcome === 'too-large') throw tooLarge();
    const timer = view ? timerAnswer(view) : await this.get(tenant, id);
    if (dispatching) timer.status = 'dispatching';
    if (outcome === 'refused' || outcome === 'unknown') throw notPossible(kind, timer);
    return { timer, decided: outcome === 'made' };
  }
}

function requireVersion({ timer, version }: TimerView, allowed: number[] | undefined): void {
  if (allowed?.includes(version) === false) throw changedMeanwhile(`Timer ${timer.id}`, version);
}
