import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { ScheduleRecord } from '#contracts/schedule.js';
import { groupKeyOfSchedule, scheduleIdFrom } from '#contracts/timer-id.js';
import { formatInstant } from '../http/rfc3339.js';
import { engineUnavailable, isEngineUnavailable } from '../http/engine-unavailable.js';
import { fingerprintOf, KEY_KEPT_MS, keyReused } from '../http/idempotency-key.js';
import type { PageQuery } from '../http/page.dto.js';
import { wrongCursor } from '../http/page.dto.js';
import { invalid } from '../http/problem.exception.js';
import { validated } from '../http/validation.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { TIMERS_SETTINGS } from '../timers/timers.settings.js';
import type { TimersSettings } from '../timers/timers.settings.js';
import { isOfJobs } from './engine-schedule.js';
import type { EngineSchedule, ScheduleKey, ScheduleOrder } from './engine-schedule.js';
import { EngineSchedules } from './engine-schedules.js';
import { askedOf, changedFields, fieldsOf } from './schedule-fields.js';
import type { Fields } from './schedule-fields.js';
import { ScheduleList } from './schedule-list.js';
import { comingRuns, ScheduleRuns } from './schedule-runs.js';
import { planOf } from './schedule-times.js';
import { CreateScheduleDto } from './schedules.dto.js';
import type { ScheduleDto, SchedulePageDto, ScheduleWithRunsDto } from './schedules.dto.js';
import { UnknownSchedule } from './unknown-schedule.js';

/** A run that the engine counts down changes the schedule, and with that the token of a change. */
const MAX_UPDATE_TRIES = 8;
const RETRY_SPREAD_MS = 50;
/** More than are made at the same time. */
const KEPT_CHANGES = 10;

/** Schedules that are asked about at a time, where many are listed. */
const LIST_CONCURRENCY = 10;

const SECOND_MS = 1000;

export interface CreatedSchedule {
  schedule: ScheduleDto;
  /** It had been set before, by the same request with the same key. */
  replayed: boolean;
}

/** Sets, shows and changes schedules. The engine keeps them and starts their runs. */
@Injectable()
export class SchedulesService {
  constructor(
    private readonly engine: EngineSchedules,
    private readonly schedules: ScheduleList,
    private readonly runs: ScheduleRuns,
    @Inject(TIMERS_SETTINGS) private readonly settings: Pick<TimersSettings, 'wheel'>,
  ) {}

  /** Sets a schedule. With an `Idempotency-Key` it is set once, however often the same is asked for. */
  async create(
    tenant: RequestTenant,
    fields: CreateScheduleDto,
    idempotencyKey?: string,
  ): Promise<CreatedSchedule> {
    if (idempotencyKey === undefined) {
      const id = scheduleIdFrom(randomBytes(16));
      const schedule = await this.start(tenant, id, fields);
      if (!schedule) throw new Error(`schedule id ${id} was given out twice`);
      return { schedule, replayed: false };
    }
    const fingerprint = fingerprintOf(fields);
    for (let generation = 0; ;) {
      const id = scheduleIdFrom(digestOf([tenant.id, 'POST /schedules', idempotencyKey, generation]));
      const key = { tenant: tenant.id, id };
      const found = await this.findIfThere(key);
      const first = found ? requestOf(found) : await this.engine.requestOfGone(key);
      if (!first) {
        const schedule = await this.start(tenant, id, fields, fingerprint);
        if (schedule) return { schedule, replayed: false };
      } else if (Date.now() - first.atMs >= KEY_KEPT_MS) {
        generation += 1;
      } else {
        if (first.fingerprint !== fingerprint) throw keyReused();
        return { schedule: firstAnswer(id, fields, first.atMs, found), replayed: true };
      }
    }
  }

  async get(key: ScheduleKey): Promise<ScheduleWithRunsDto> {
    const schedule = await this.engine.find(key);
    return { ...scheduleDto(schedule), last_runs: await this.runs.latest(schedule) };
  }

  async list(tenant: string, { limit, cursor }: PageQuery): Promise<SchedulePageDto> {
    const page = await this.schedules.page(tenant, limit, cursor);
    if (!page) throw wrongCursor();
    const data: ScheduleDto[] = [];
    for (let from = 0; from < page.ids.length; from += LIST_CONCURRENCY) {
      const ids = page.ids.slice(from, from + LIST_CONCURRENCY);
      const found = await Promise.all(ids.map((id) => this.findIfThere({ tenant, id })));
      data.push(...found.flatMap((schedule) => (schedule ? scheduleDto(schedule) : [])));
    }
    return { data, next_cursor: page.cursor ?? null };
  }

  /** Keeps its id and its runs. Runs that the engine has started by then are as they were. */
  async update(tenant: RequestTenant, id: string, patch: Fields): Promise<ScheduleDto> {
    if (Object.keys(patch).length === 0) throw nothingToChange();
    const key = { tenant: tenant.id, id };
    for (let tries = 0; tries < MAX_UPDATE_TRIES; tries++) {
      // Those who change it at the same time do not go on doing so.
      if (tries > 0) await sleep(Math.random() * tries * RETRY_SPREAD_MS);
      const current = await this.engine.find(key);
      const changed = await validated(CreateScheduleDto, changedFields(fieldsOf(current), patch));
      if (isOfJobs(current.input) !== (changed.job !== undefined)) throw otherKind();
      const before = current.input.run.schedule;
      const changeId = randomUUID();
      const changeIds = [changeId, ...(before.changeIds ?? [])].slice(0, KEPT_CHANGES);
      const record = { ...before, asked: askedOf(changed), changedMs: Date.now(), changeIds };
      const runsLeft = 'max_runs' in patch ? changed.max_runs : current.runsLeft;
      const order = await this.order(tenant, id, changed, record, { paused: current.paused, runsLeft });
      await this.engine.update(key, order, current.conflictToken);
      const after = await this.engine.find(key);
      if (after.input.run.schedule.changeIds?.includes(changeId)) return scheduleDto(after);
    }
    throw engineUnavailable();
  }

  async pause(key: ScheduleKey): Promise<ScheduleDto> {
    return scheduleDto(await this.halt(key));
  }

  async resume(key: ScheduleKey): Promise<ScheduleDto> {
    await this.engine.find(key);
    await this.engine.resume(key);
    return scheduleDto(await this.engine.find(key));
  }

  /** Deleting one that was deleted before is no error, one that never was is. */
  async delete(key: ScheduleKey): Promise<void> {
    try {
      await this.halt(key);
      await this.engine.delete(key);
    } catch (error) {
      if (!(error instanceof UnknownSchedule) || !(await this.engine.isGone(key))) throw error;
    }
  }

  /** Null if there is a schedule with this id. */
  private async start(
    tenant: RequestTenant,
    id: string,
    fields: CreateScheduleDto,
    fingerprint?: string,
  ): Promise<ScheduleDto | null> {
    const key = { tenant: tenant.id, id };
    const nowMs = Date.now();
    const times = { createdMs: nowMs, changedMs: nowMs };
    const record = { asked: askedOf(fields), ...times, fingerprint };
    const order = await this.order(tenant, id, fields, record, { paused: false, runsLeft: fields.max_runs });
    if (order.times.endAt && order.times.endAt.getTime() <= nowMs - leadMs(order)) {
      throw invalid([{ field: 'ends_at', message: `must be after now, which is ${formatInstant(nowMs)}` }]);
    }
    if (!(await this.engine.create(key, order, missedStarts(order, nowMs)))) return null;
    const schedule = await this.engine.find(key).catch((error: unknown) => {
      // It is set; an error would have the client set it again.
      if (isEngineUnavailable(error)) return unseen(key, order);
      throw error;
    });
    return scheduleDto(schedule);
  }

  /** No run is begun any more, not even one that was started ahead of its time. */
  private async halt(key: ScheduleKey): Promise<EngineSchedule> {
    await this.engine.find(key);
    await this.engine.pause(key);
    const paused = await this.engine.find(key);
    await this.runs.cancelComing(paused);
    return paused;
  }

  private async order(
    tenant: RequestTenant,
    id: string,
    fields: CreateScheduleDto,
    schedule: ScheduleRecord,
    state: Pick<ScheduleOrder, 'paused' | 'runsLeft'>,
  ): Promise<ScheduleOrder> {
    const { leadSeconds, jitterMs, ...plan } = planOf(fields, {
      createdMs: schedule.createdMs,
      // A job takes up its work when it is due; nothing is held ready for it.
      wheelLeadMs: fields.job ? 0 : this.settings.wheel.leadMs,
    });
    const run = { groupKey: groupKeyOfSchedule(id), leadSeconds, jitterMs, schedule };
    return { ...plan, ...state, input: await this.runs.input(tenant, id, fields, run) };
  }

  private async findIfThere(key: ScheduleKey): Promise<EngineSchedule | undefined> {
    try {
      return await this.engine.find(key);
    } catch (error) {
      if (error instanceof UnknownSchedule) return undefined;
      throw error;
    }
  }
}

function scheduleDto(schedule: EngineSchedule): ScheduleDto {
  const { createdMs, changedMs } = schedule.input.run.schedule;
  return {
    ...withDefaults(schedule.id, fieldsOf(schedule)),
    paused: schedule.paused,
    runs_left: schedule.runsLeft ?? null,
    created_at: formatInstant(createdMs),
    updated_at: formatInstant(changedMs),
    next_runs: comingRuns(schedule),
  };
}

/** As it was set, whatever has become of it since: but for its runs, of which those are told that come now. */
function firstAnswer(id: string, fields: CreateScheduleDto, atMs: number, now?: EngineSchedule): ScheduleDto {
  // What was not given is undefined in it.
  const { job, ...rest } = JSON.parse(JSON.stringify(fields)) as CreateScheduleDto;
  const at = formatInstant(atMs);
  return {
    ...withDefaults(id, { ...rest, ...(job && { job: { ...job, input: job.input ?? {} } }) }),
    ...{ paused: false, runs_left: fields.max_runs ?? null, created_at: at, updated_at: at },
    next_runs: now ? comingRuns({ ...now, paused: false }) : [],
  };
}

function withDefaults(id: string, fields: CreateScheduleDto): CreateScheduleDto & { id: string } {
  return {
    id,
    ...(fields.cron !== undefined && { timezone: 'UTC' }),
    ...{ overlap: 'skip', catchup_window: 'PT60S' },
    ...fields,
  };
}

function requestOf({ input }: EngineSchedule): { atMs: number; fingerprint?: string } {
  const { createdMs, fingerprint } = input.run.schedule;
  return { atMs: createdMs, fingerprint };
}

// The run that is due within the lead had to be started before the schedule was there.
function missedStarts(order: ScheduleOrder, nowMs: number): { from: Date; to: Date } | undefined {
  if (leadMs(order) === 0 || order.runsLeft !== undefined) return undefined;
  return { from: new Date(nowMs - leadMs(order) + 1), to: new Date(nowMs + SECOND_MS) };
}

function leadMs({ input }: ScheduleOrder): number {
  return input.run.leadSeconds * SECOND_MS;
}

function unseen(key: ScheduleKey, { input, paused, runsLeft }: ScheduleOrder): EngineSchedule {
  return { ...key, input, runsLeft, paused, nextStartsMs: [], latestRuns: [] };
}

function nothingToChange() {
  return invalid([{ field: 'body', message: 'must name what is to be changed' }]);
}

function otherKind() {
  const message = 'cannot take the place of each other: set another schedule';
  return invalid([{ field: 'url, job', message }]);
}

function digestOf(parts: unknown[]): Uint8Array {
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}
