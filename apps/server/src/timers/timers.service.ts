import { Inject, Injectable } from '@nestjs/common';
import type { SimpleChange } from '#contracts/timer-change.js';
import { traceOrigin } from '#observability/tracing.js';
import type { TimerRequest } from '#timers/group-start.js';
import { DestinationCheck } from '../destinations/destination-check.js';
import { flowNeedsDatabase } from '../destinations/flow-needs-database.js';
import { Quotas } from '../tenants/quotas.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { KeptTimers } from './kept-timers.js';
import type { ChangedView } from './kept-timers.js';
import { readMergePatch } from './merge-patch.js';
import { newTimerAnswer, purgedAnswer, timerAnswer } from './timer-answer.js';
import { modification, without } from './timer-modification.js';
import { deliveryFields } from './timer-request.js';
import type { CreateTimerDto, TimerDto } from './timers.dto.js';
import { TIMERS_SETTINGS } from './timers.settings.js';
import type { TimersSettings } from './timers.settings.js';
import { dueTime, expiryTime } from './when.js';

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
    private readonly timers: KeptTimers,
    private readonly destinations: DestinationCheck,
    private readonly quotas: Quotas,
    @Inject(TIMERS_SETTINGS) private readonly settings: TimersSettings,
  ) {}

  /** Sets a timer. With a key it is set once, however often the same is asked for. */
  async create(tenant: RequestTenant, body: CreateTimerDto, key?: string): Promise<Created> {
    const keyed = key === undefined ? undefined : { route: 'POST /timers', key, body };
    const accept = (nowMs: number) => this.accept(tenant, body, nowMs);
    const { timer, atMs, replayed } = await this.timers.set(tenant, accept, keyed);
    return { timer: newTimerAnswer(timer, atMs), replayed };
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
    return { ...request, ...traceOrigin(nowMs) };
  }

  async get(tenant: RequestTenant, id: string): Promise<TimerDto> {
    const view = await this.timers.read(tenant, id);
    return 'purgedDueMs' in view ? purgedAnswer(id, view.purgedDueMs) : timerAnswer(view);
  }

  /** Changes a timer, in the version that the client knows if it says which. */
  async change(
    tenant: RequestTenant,
    id: string,
    kind: SimpleChange['kind'],
    ifMatch?: string,
  ): Promise<ChangedTimer> {
    return answered(await this.timers.change(tenant, id, kind, ifMatch));
  }

  /** Makes the timer another one, in the version that the client knows if it says which. */
  async modify(
    tenant: RequestTenant,
    id: string,
    json: Record<string, unknown>,
    ifMatch?: string,
  ): Promise<ChangedTimer> {
    const patch = await readMergePatch(json);
    if (patch.wish.flow && !this.settings.keepsFlows) throw flowNeedsDatabase();
    const changed = this.timers.modify(
      tenant,
      id,
      async (view) => {
        const change = modification(view, patch, this.settings);
        this.quotas.checkPayload(tenant, { ...without(view.timer, change.unset), ...change.set });
        await this.destinations.checkAll(change.set);
        return change;
      },
      ifMatch,
    );
    return answered(await changed);
  }
}

function answered({ view, decided }: ChangedView): ChangedTimer {
  return { timer: timerAnswer(view), decided };
}
