import { Inject, Injectable } from '@nestjs/common';
import { MAX_TIMERS_PER_GROUP } from '#contracts/timers.js';
import type { Timer } from '#contracts/timers.js';
import { Faults } from '#observability/faults.js';
import { Logger } from '#observability/logger.js';
import { engineUnavailable, isEngineUnavailable } from '../http/engine-unavailable.js';
import { fingerprintOf } from '../http/idempotency-key.js';
import { ProblemException } from '../http/problem.exception.js';
import { problemBody } from '../http/problem.filter.js';
import { validated } from '../http/validation.js';
import { Quotas } from '../tenants/quotas.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { GroupCommit, MAX_GROUP_BYTES, sizeOf } from './group-commit.js';
import type { TimerRequest } from '#timers/group-start.js';
import { KeyedGroups } from './keyed-groups.js';
import type { KeyedBody } from '../http/keys-in-flight.js';
import type { Part } from './keyed-groups.js';
import { newTimerAnswer } from './timer-answer.js';
import type { CreateTimersDto, TimerResultDto } from './timers-batch.dto.js';
import { CreateTimerDto } from './timers.dto.js';
import { TimersService } from './timers.service.js';
import { TIMERS_SETTINGS } from './timers.settings.js';
import type { TimersSettings } from './timers.settings.js';

const PATH = '/timers/batch';

/** What can be stored of a timer of the batch, or why it can not. */
type Checked = TimerRequest | ProblemException;

export interface CreatedBatch {
  results: TimerResultDto[];
  /** Every part of it had been stored before, by the same request with the same key. */
  replayed: boolean;
}

/** Sets many timers, each as if it had come alone. */
@Injectable()
export class TimersBatchService {
  constructor(
    private readonly timers: TimersService,
    private readonly groupCommit: GroupCommit,
    private readonly keyedGroups: KeyedGroups,
    private readonly quotas: Quotas,
    private readonly logger: Logger,
    private readonly faults: Faults,
    @Inject(TIMERS_SETTINGS) private readonly settings: TimersSettings,
  ) {}

  async create(tenant: RequestTenant, { timers }: CreateTimersDto, key?: string): Promise<CreatedBatch> {
    if (key === undefined) return answered(await this.createEach(tenant, timers), false);
    const body = { tenant: tenant.id, route: `POST ${PATH}`, key, fingerprint: fingerprintOf(timers) };
    return this.keyedGroups.alone(body, () => this.createOnce(tenant, timers, body));
  }

  private async createEach(tenant: RequestTenant, timers: unknown[]): Promise<TimerResultDto[]> {
    const nowMs = Date.now();
    const checked = await this.check(tenant, timers, nowMs);
    await this.quotas.admit(tenant, acceptedOf(checked));
    return Promise.all(
      checked.map(async (request) => {
        if (request instanceof ProblemException) return refused(request);
        try {
          return stored(await this.groupCommit.add(tenant.id, request), nowMs);
        } catch (error) {
          return refused(this.problemOf(error));
        }
      }),
    );
  }

  // One part after the other: so the first one tells that a key was used with another body before anything is stored, and
  // the timers of those that are there tell where the next begins.
  private async createOnce(tenant: RequestTenant, timers: unknown[], body: KeyedBody): Promise<CreatedBatch> {
    const nowMs = Date.now();
    const checked = await this.check(tenant, timers, nowMs);
    const results: TimerResultDto[] = [];
    let allReplayed = true;
    let admitted = false;
    try {
      for (let number = 0; results.length < timers.length; number++) {
        const part = nextPart(checked, results.length, number);
        let found = admitted ? undefined : await this.keyedGroups.find(body, number, nowMs);
        if (!found) {
          if (part.requests.length === 0) break;
          // For all that is to be stored now: quotas do not cut a batch in two.
          if (!admitted) await this.quotas.admit(tenant, acceptedOf(checked.slice(results.length)));
          admitted = true;
          found = await this.keyedGroups.store(body, part, nowMs);
        }
        const end = (found.places.at(-1) ?? 0) + 1;
        const then = found.replayed
          ? await this.check(tenant, timers.slice(results.length, end), found.atMs)
          : checked.slice(results.length, end);
        results.push(...resultsOf(then, results.length, found));
        allReplayed &&= found.replayed;
      }
    } catch (error) {
      const problem = this.problemOf(error);
      if (problem.status === 422 || problem.status === 429) throw problem;
      const rest = checked.slice(results.length);
      results.push(...rest.map((each) => refused(each instanceof ProblemException ? each : problem)));
      return answered(results, false);
    }
    const rest = checked.slice(results.length);
    results.push(...rest.map((each) => refused(each as ProblemException)));
    return answered(results, allReplayed && results.some(({ status }) => status === 201));
  }

  private check(tenant: RequestTenant, timers: unknown[], nowMs: number): Promise<Checked[]> {
    return Promise.all(timers.map((timer) => this.checkOne(tenant, timer, nowMs)));
  }

  private async checkOne(tenant: RequestTenant, timer: unknown, nowMs: number): Promise<Checked> {
    try {
      const bytes = Buffer.byteLength(JSON.stringify(timer));
      if (bytes > this.settings.bodyLimitBytes) throw tooLarge(this.settings.bodyLimitBytes);
      return await this.timers.accept(tenant, await validated(CreateTimerDto, timer), nowMs);
    } catch (error) {
      return this.problemOf(error);
    }
  }

  private problemOf(error: unknown): ProblemException {
    if (error instanceof ProblemException) return error;
    if (isEngineUnavailable(error)) return engineUnavailable();
    this.logger.error({ err: error, route: PATH }, 'A timer of a batch failed');
    this.faults.report(error, { method: 'POST', route: PATH });
    return new ProblemException(500, 'internal', 'Something is wrong on our side.');
  }
}

function acceptedOf(checked: Checked[]): number {
  return checked.filter((request) => !(request instanceof ProblemException)).length;
}

/** The next timers that can be stored, as many as fit into a group. */
function nextPart(checked: Checked[], from: number, number: number): Part & { places: number[] } {
  const part: Part & { places: number[] } = { number, requests: [], places: [] };
  let bytes = 0;
  for (const [index, request] of checked.slice(from).entries()) {
    if (request instanceof ProblemException) continue;
    bytes += sizeOf(request);
    const isFull = part.requests.length === MAX_TIMERS_PER_GROUP || bytes > MAX_GROUP_BYTES;
    if (isFull && part.requests.length > 0) break;
    part.requests.push(request);
    part.places.push(from + index);
  }
  return part;
}

function resultsOf(
  checked: Checked[],
  from: number,
  { timers, places, atMs }: { timers: Timer[]; places: number[]; atMs: number },
): TimerResultDto[] {
  return checked.map((request, index) => {
    const timer = timers[places.indexOf(from + index)];
    if (timer) return stored(timer, atMs);
    return refused(request instanceof ProblemException ? request : refusedBefore());
  });
}

function answered(results: TimerResultDto[], replayed: boolean): CreatedBatch {
  if (results.every(({ status }) => status === 503)) throw engineUnavailable();
  return { results, replayed };
}

function stored(timer: Timer, atMs: number): TimerResultDto {
  return { status: 201, timer: newTimerAnswer(timer, atMs) };
}

function refused(problem: ProblemException): TimerResultDto {
  return { status: problem.status, problem: problemBody(problem, PATH) };
}

function tooLarge(limitBytes: number): ProblemException {
  return new ProblemException(
    413,
    'body-too-large',
    `A timer of a batch must be at most ${limitBytes} bytes.`,
  );
}

/** By rules that have changed since. */
function refusedBefore(): ProblemException {
  return new ProblemException(400, 'validation', 'It was refused when the request first came.');
}
