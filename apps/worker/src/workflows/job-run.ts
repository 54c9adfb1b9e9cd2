import { isOver, MAX_SHOWN_CHILDREN, MAX_SHOWN_RESULTS, newJobState } from '#contracts/job.js';
import type {
  Contribution,
  Decision,
  GroupOutcome,
  GroupState,
  JobInput,
  JobState,
  JobStatus,
  StartedChildren,
} from '#contracts/job.js';
import type { GroupPlan } from '#contracts/job-plan.js';
import type { FinalEnd, GroupEnd } from './group-end.js';

/** How far a job has come, and what every event makes of it. Without the engine in it. */
export class JobRun {
  readonly state: JobState;

  private readonly plans: readonly GroupPlan[];

  constructor({ state, plan, startAtMs }: Pick<JobInput, 'state' | 'plan' | 'startAtMs'>, nowMs: number) {
    this.plans = plan.groups;
    this.state = state ?? newJobState(plan.groups, startAtMs !== undefined && startAtMs > nowMs);
  }

  get over(): boolean {
    return isOver(this.state.status);
  }

  /** The group that is to be run; undefined when none is, or a person must decide first. */
  get next(): number | undefined {
    const index = this.state.groups.findIndex(({ status }) => status !== 'succeeded' && status !== 'skipped');
    return index < 0 || this.over || this.group(index).status === 'uncertain' ? undefined : index;
  }

  /** The group that a person must decide on. */
  get uncertain(): number | undefined {
    const index = this.state.groups.findIndex(({ status }) => status === 'uncertain');
    return index < 0 ? undefined : index;
  }

  begin(index: number, nowMs: number): void {
    this.state.status = 'running';
    const { status, tries } = this.group(index);
    this.state.groups[index] = {
      status: 'running',
      tries: status === 'running' ? tries : 0,
      queuedMs: nowMs,
    };
  }

  /** The group has ended well, and what follows from that is done. */
  succeed(
    index: number,
    { data, tries = 1, startedMs, contributions = [] }: GroupOutcome,
    nowMs: number,
  ): void {
    const { queuedMs, tries: before } = this.group(index);
    const times = { queuedMs, startedMs, endedMs: nowMs };
    this.state.groups[index] = { status: 'succeeded', tries: before + tries, ...times };
    if (data !== undefined) this.state.data = data;
    this.addResults(contributions);
    this.finish(nowMs);
  }

  addChildren({ count, ids }: StartedChildren): void {
    const { children, childIds } = this.state;
    this.state.children = children + count;
    this.state.childIds = [...childIds, ...ids].slice(0, MAX_SHOWN_CHILDREN);
  }

  /** The group has not ended well. */
  fail(index: number, { status, error, tries, startedMs, begun }: FinalEnd, nowMs: number): void {
    const { queuedMs, tries: before } = this.group(index);
    const isStopped = status === 'canceled' || status === 'killed';
    // If the job goes on one day, this must not be repeated unasked either.
    const isUncertain = begun && this.plans[index]?.retry === 'none';
    const groupStatus = isStopped ? (isUncertain ? 'uncertain' : 'dropped') : status;
    const times = { queuedMs, startedMs, endedMs: nowMs };
    this.state.groups[index] = { status: groupStatus, tries: before + tries, error, ...times };
    if (status === 'uncertain') this.state.status = 'uncertain';
    else this.end(status, nowMs);
  }

  /** So many tries of the group have ended; another is to be begun, which counts on, or there is no time for one. */
  wait(index: number, { tries, error }: Pick<GroupEnd, 'tries' | 'error'>): void {
    const group = this.group(index);
    this.state.groups[index] = { ...group, tries: group.tries + tries, error };
  }

  /** What a person decides on an uncertain group; false if it is not uncertain. */
  decide(index: number, decision: Decision, nowMs: number): boolean {
    const group = this.state.groups[index];
    if (group?.status !== 'uncertain' || this.over) return false;
    this.state.groups[index] = { ...group, status: decision === 'skip' ? 'skipped' : 'waiting' };
    this.state.status = 'running';
    this.finish(nowMs);
    return true;
  }

  /** Nothing of it is begun any more. */
  end(status: Extract<JobStatus, 'failed' | 'canceled' | 'killed'>, nowMs: number): void {
    if (this.over) return;
    Object.assign(this.state, { status, endedMs: nowMs });
    for (const group of this.state.groups) {
      if (group.status === 'waiting' || group.status === 'running') group.status = 'dropped';
    }
  }

  private finish(nowMs: number): void {
    if (this.next !== undefined || this.uncertain !== undefined || this.over) return;
    Object.assign(this.state, { status: 'succeeded', endedMs: nowMs });
  }

  private addResults(contributions: readonly Contribution[]): void {
    const names = new Set([...this.state.results, ...contributions.map(({ result }) => result)]);
    this.state.results = [...names].slice(0, MAX_SHOWN_RESULTS);
  }

  private group(index: number): GroupState {
    const group = this.state.groups[index];
    if (!group) throw new Error(`the job has no group ${index}`);
    return group;
  }
}
