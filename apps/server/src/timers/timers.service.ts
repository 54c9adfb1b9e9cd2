import { Inject, Injectable } from '@nestjs/common';
import { decodeTimerId, timersWorkflowId } from '#contracts/timer-id.js';
import { statusAt } from '#contracts/timers.js';
import { webhookUrlProblem } from '#contracts/webhook-url.js';
import { DestinationCheck } from '../destinations/destination-check.js';
import { invalid, ProblemException } from '../http/problem.exception.js';
import { Quotas } from '../tenants/quotas.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { GroupCommit } from './group-commit.js';
import { TimerReader } from './timer-reader.js';
import type { CreateTimerDto, TimerDto } from './timers.dto.js';
import { TIMERS_SETTINGS } from './timers.settings.js';
import type { TimersSettings } from './timers.settings.js';

/** No timer was due before this: an id that says so was never given out. */
const FIRST_DUE_MS = Date.UTC(2026, 0, 1);

@Injectable()
export class TimersService {
  constructor(
    private readonly groupCommit: GroupCommit,
    private readonly reader: TimerReader,
    private readonly destinations: DestinationCheck,
    private readonly quotas: Quotas,
    @Inject(TIMERS_SETTINGS) private readonly settings: TimersSettings,
  ) {}

  async create(
    tenant: RequestTenant,
    { hours = 0, minutes = 0, seconds = 0, url }: CreateTimerDto,
  ): Promise<TimerDto> {
    const nowMs = Date.now();
    const delayMs = (hours * 3600 + minutes * 60 + seconds) * 1000;
    if (delayMs > this.settings.horizonMs) {
      const days = this.settings.horizonMs / 86_400_000;
      const message = `must be at most ${days} days together, got ${hours} h ${minutes} min ${seconds} s`;
      throw invalid([{ field: 'hours, minutes, seconds', message }]);
    }
    const problem = webhookUrlProblem(url);
    if (problem) throw invalid([{ field: 'url', message: problem }]);
    await this.destinations.check(url);
    await this.quotas.admit(tenant, 1, Buffer.byteLength(url));
    const { id, dueMs } = await this.groupCommit.add(tenant.id, { dueMs: nowMs + delayMs, url });
    return timerDto({ id, status: 'scheduled', url, dueMs });
  }

  async get(tenant: RequestTenant, id: string): Promise<TimerDto> {
    const parts = decodeTimerId(id);
    if (!parts) throw unknownTimer(id);
    const view = await this.reader.read(timersWorkflowId(tenant.id, parts.groupKey), parts.index);
    if (view?.timer.id === id) {
      return timerDto({
        id,
        status: statusAt(view, Date.now()),
        url: view.timer.url,
        dueMs: view.timer.dueMs,
      });
    }
    const isOver = parts.dueMs >= FIRST_DUE_MS && parts.dueMs <= Date.now();
    if (view || !isOver) throw unknownTimer(id);
    return timerDto({ id, status: 'purged', url: null, dueMs: parts.dueMs });
  }
}

function timerDto({
  dueMs,
  ...timer
}: Pick<TimerDto, 'id' | 'status' | 'url'> & { dueMs: number }): TimerDto {
  return {
    ...timer,
    fire_at: new Date(dueMs).toISOString(),
    time_left: Math.max(0, Math.ceil((dueMs - Date.now()) / 1000)),
  };
}

function unknownTimer(id: string): ProblemException {
  return new ProblemException(404, 'not-found', `There is no timer ${id}.`);
}
