import { Inject, Injectable } from '@nestjs/common';
import { decodeTimerId, workflowIdOf } from '#contracts/timer-id.js';
import { DEFAULT_TENANT } from '#contracts/timers.js';
import type { Timer } from '#contracts/timers.js';
import type { TimerChange } from '#contracts/timer-change.js';
import { TimerChanges } from '#timers/timer-changes.js';
import { TimerReader } from '#timers/timer-reader.js';
import { fingerprintOf } from '../http/idempotency-key.js';
import { ProblemException } from '../http/problem.exception.js';
import { changedMeanwhile, notPossible, tooLarge } from './change-problems.js';
import { GroupCommit } from './group-commit.js';
import type { TimerRequest } from './group-start.js';
import { KeyedGroups } from './keyed-groups.js';
import type { KeyedBody, StoredPart } from './keyed-groups.js';
import { newTimerAnswer, purgedAnswer, timerAnswer } from './timer-answer.js';
import { flowNeedsDatabase } from '../destinations/flow-needs-database.js';
import { deliveryFields } from './timer-request.js';
import type { CreateTimerDto, TimerDto } from './timers.dto.js';
import { TIMERS_SETTINGS } from './timers.settings.js';
import type { TimersSettings } from './timers.settings.js';
import { dueTime, expiryTime } from './when.js';

/** No timer was due before this: an id that says so was never given out. */
const FIRST_DUE_MS = Date.UTC(2026, 0, 1);

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
    @Inject(TIMERS_SETTINGS) private readonly settings: TimersSettings,
  ) {}

  /** Sets a timer. With a key it is set once, however often the same is asked for. */
  async create(body: CreateTimerDto, key?: string): Promise<Created> {
    const nowMs = Date.now();
    if (key !== undefined) return this.createOnce(body, key, nowMs);
    const timer = await this.groupCommit.add(DEFAULT_TENANT, this.accept(body, nowMs));
    return { timer: newTimerAnswer(timer, nowMs), replayed: false };
  }

  /** What a request of this time sets. Throws a problem if it can not be. */
  accept(body: CreateTimerDto, nowMs: number): TimerRequest {
    const { horizonMs, wheel, keepsFlows } = this.settings;
    if (body.flow && !keepsFlows) throw flowNeedsDatabase();
    const dueMs = dueTime(body, { nowMs, horizonMs }) ?? nowMs;
    const expiresMs = expiryTime(body, dueMs, { nowMs, horizonMs });
    const fields = deliveryFields(body, { defaultDelaysMs: wheel.retryDelaysMs });
    return { ...fields, url: body.url, dueMs, ...(expiresMs !== undefined && { expiresMs }) };
  }

  private createOnce(body: CreateTimerDto, key: string, nowMs: number): Promise<Created> {
    const keyed = { tenant: DEFAULT_TENANT, route: 'POST /timers', key, fingerprint: fingerprintOf(body) };
    return this.keyedGroups.alone(keyed, async () => {
      const { timers, atMs, replayed } = await this.storeOnce(keyed, body, nowMs);
      return { timer: newTimerAnswer(timers[0] as Timer, atMs), replayed };
    });
  }

  private async storeOnce(keyed: KeyedBody, body: CreateTimerDto, nowMs: number): Promise<StoredPart> {
    let request: TimerRequest;
    try {
      request = this.accept(body, nowMs);
    } catch (problem) {
      // What was in order when it first came may not be any more, such as a time to expire.
      const found = await this.keyedGroups.find(keyed, 0, nowMs);
      if (found) return found;
      throw problem;
    }
    return this.keyedGroups.store(keyed, { number: 0, requests: [request] }, nowMs);
  }

  async get(id: string): Promise<TimerDto> {
    const parts = decodeTimerId(id);
    if (!parts) throw unknownTimer(id);
    const view = await this.reader.read(workflowIdOf(DEFAULT_TENANT, parts), parts.index);
    if (view?.timer.id === id) return timerAnswer(view);
    const isOver = parts.dueMs >= FIRST_DUE_MS && parts.dueMs <= Date.now();
    if (view || !isOver) throw unknownTimer(id);
    return purgedAnswer(id, parts.dueMs);
  }

  /** Changes a timer, or tells that no worker was there to decide it yet: then it is made as soon as one is. */
  async change(id: string, change: TimerChange): Promise<{ timer: TimerDto; decided: boolean }> {
    const { outcome, view, dispatching } = await this.changes.change(DEFAULT_TENANT, id, change);
    if (outcome === 'stale') throw changedMeanwhile(id, view?.version ?? 0);
    if (outcome === 'too-large') throw tooLarge();
    const timer = view ? timerAnswer(view) : await this.get(id);
    if (dispatching) timer.status = 'dispatching';
    if (outcome === 'refused' || outcome === 'unknown') throw notPossible(change.kind, timer);
    return { timer, decided: outcome === 'made' };
  }
}

function unknownTimer(id: string): ProblemException {
  return new ProblemException(404, 'not-found', `There is no timer ${id}.`);
}
