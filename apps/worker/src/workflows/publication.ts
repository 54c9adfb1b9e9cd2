import { upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { CHANGED_AT, DUE_FROM, DUE_UNTIL, TIMER_STATUSES } from '#contracts/search-attributes.js';
import { TIMER_LINES, timerLine } from '#contracts/timer-line.js';
import type { TimerView } from '#contracts/timers.js';
import type { Wheel } from './wheel.js';

/** What can be read and searched without a worker: the server writes it at the start, and it follows the wheel. */
export class Publication {
  private published: string;

  /** `nothingYet`: the server did not know at the start what is to be read. */
  constructor(
    private readonly wheel: Wheel,
    nothingYet: boolean,
  ) {
    this.published = nothingYet ? '' : stateOf(wheel.views());
  }

  update(): void {
    const views = this.wheel.views();
    const state = stateOf(views);
    if (state === this.published) return;
    this.published = state;
    const dues = views.map(({ timer }) => timer.dueMs);
    upsertMemo({ [TIMER_LINES]: views.map((view, index) => timerLine(view, this.wheel.attempts(index))) });
    upsertSearchAttributes([
      { key: TIMER_STATUSES, value: [...new Set(views.map(({ status }) => status))] },
      { key: DUE_FROM, value: new Date(Math.min(...dues)) },
      { key: DUE_UNTIL, value: new Date(Math.max(...dues)) },
      { key: CHANGED_AT, value: new Date() },
    ]);
  }
}

function stateOf(views: readonly TimerView[]): string {
  return views.map(({ status, version }) => `${status} ${version}`).join();
}
