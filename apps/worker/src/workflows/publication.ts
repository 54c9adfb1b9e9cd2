import { patched, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { isPending, PENDING, pendingPowers } from '#contracts/pending.js';
import { CHANGED_AT, DUE_FROM, DUE_UNTIL, TIMER_STATUSES } from '#contracts/search-attributes.js';
import { TIMER_LINES, timerLine } from '#contracts/timer-line.js';
import type { TimerView } from '#contracts/timers.js';
import { isContinued, StatusCounts } from './status-counts.js';
import type { Wheel } from './wheel.js';

const METRIC = { name: 'timekeeper_timers', help: 'Timers that came to have the status' };

/** What can be read and searched without a worker: the server writes it at the start, and it follows the wheel. */
export class Publication {
  private published: string;
  private postponed: string;
  private readonly counts: StatusCounts;

  /** `nothingYet`: the server did not know at the start what is to be read. `isNew`: no run before had these timers. */
  constructor(
    private readonly wheel: Wheel,
    nothingYet: boolean,
    isNew: boolean,
  ) {
    this.published = nothingYet ? '' : stateOf(wheel.views());
    this.postponed = nothingYet ? '' : postponementsOf(wheel.views());
    this.counts = new StatusCounts(METRIC, isNew && !isContinued() ? [] : statusesOf(wheel.views()));
  }

  update(): void {
    const views = this.wheel.views();
    this.counts.update(statusesOf(views));
    const [state, postponed] = [stateOf(views), postponementsOf(views)];
    const isNews = state !== this.published;
    if (!isNews && postponed === this.postponed) return;
    [this.published, this.postponed] = [state, postponed];
    upsertMemo({ [TIMER_LINES]: views.map((view, index) => timerLine(view, this.wheel.attempts(index))) });
    if (!isNews) return;
    const dues = views.map(({ timer }) => timer.dueMs);
    upsertSearchAttributes([
      { key: TIMER_STATUSES, value: [...new Set(views.map(({ status }) => status))] },
      { key: PENDING, value: pendingPowers(views.filter(({ status }) => isPending(status)).length) },
      { key: DUE_FROM, value: new Date(Math.min(...dues)) },
      { key: DUE_UNTIL, value: new Date(Math.max(...dues)) },
      { key: CHANGED_AT, value: new Date() },
    ]);
  }
}

function statusesOf(views: readonly TimerView[]): string[] {
  return views.map(({ status }) => status);
}

function stateOf(views: readonly TimerView[]): string {
  return views.map(({ status, attempts, version }) => `${status} ${attempts} ${version}`).join();
}

/** Until when which of them are postponed, which is nothing that events tell of. */
function postponementsOf(views: readonly TimerView[]): string {
  const postponed = views.filter(({ plannedMs }) => plannedMs !== undefined);
  if (postponed.length === 0 || !patched('timers: publishes what was postponed')) return '';
  return postponed.map(({ timer, nextAttemptMs }) => `${timer.id} ${nextAttemptMs}`).join();
}
