import { Inject, Injectable } from '@nestjs/common';
import { decodeTimerId, workflowIdOf } from '#contracts/timer-id.js';
import { DEFAULT_TENANT, statusAt } from '#contracts/timers.js';
import type { TimerView } from '#contracts/timers.js';
import type { TimerChange } from '#contracts/timer-change.js';
import { webhookUrlProblem } from '#contracts/webhook-url.js';
import { TimerChanges } from '#timers/timer-changes.js';
import { TimerReader } from '#timers/timer-reader.js';
import { invalid, ProblemException } from '../http/problem.exception.js';
import { changedMeanwhile, notPossible, tooLarge } from './change-problems.js';
import { GroupCommit } from './group-commit.js';
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
    private readonly changes: TimerChanges,
    @Inject(TIMERS_SETTINGS) private readonly settings: TimersSettings,
  ) {}

  async create({ hours = 0, minutes = 0, seconds = 0, url }: CreateTimerDto): Promise<TimerDto> {
    const nowMs = Date.now();
    const delayMs = (hours * 3600 + minutes * 60 + seconds) * 1000;
    if (delayMs > this.settings.horizonMs) {
      const days = this.settings.horizonMs / 86_400_000;
      const message = `must be at most ${days} days together, got ${hours} h ${minutes} min ${seconds} s`;
      throw invalid([{ field: 'hours, minutes, seconds', message }]);
    }
    const problem = webhookUrlProblem(url);
    if (problem) throw invalid([{ field: 'url', message: problem }]);
    const { id, dueMs } = await this.groupCommit.add(DEFAULT_TENANT, { dueMs: nowMs + delayMs, url });
    return timerDto({ id, status: 'scheduled', url, dueMs });
  }

  async get(id: string): Promise<TimerDto> {
    const parts = decodeTimerId(id);
    if (!parts) throw unknownTimer(id);
    const view = await this.reader.read(workflowIdOf(DEFAULT_TENANT, parts), parts.index);
    if (view?.timer.id === id) return viewDto(view);
    const isOver = parts.dueMs >= FIRST_DUE_MS && parts.dueMs <= Date.now();
    if (view || !isOver) throw unknownTimer(id);
    return timerDto({ id, status: 'purged', url: null, dueMs: parts.dueMs });
  }

  /** Changes a timer, or tells that no worker was there to decide it yet: then it is made as soon as one is. */
  async change(id: string, change: TimerChange): Promise<{ timer: TimerDto; decided: boolean }> {
    const { outcome, view, dispatching } = await this.changes.change(DEFAULT_TENANT, id, change);
    if (outcome === 'stale') throw changedMeanwhile(id, view?.version ?? 0);
    if (outcome === 'too-large') throw tooLarge();
    const timer = view ? viewDto(view) : await this.get(id);
    if (dispatching) timer.status = 'dispatching';
    if (outcome === 'refused' || outcome === 'unknown') throw notPossible(change.kind, timer);
    return { timer, decided: outcome === 'made' };
  }
}

function viewDto(view: TimerView): TimerDto {
  const { id, url, dueMs } = view.timer;
  return timerDto({ id, status: statusAt(view, Date.now()), url, dueMs });
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
