import type {
  ChildJob,
  Contribution,
  Decision,
  GroupOutcome,
  GroupState,
  GroupTask,
  JobInput,
  JobStatus,
} from '#contracts/job.js';
import type { GroupPlan } from '#contracts/job-plan.js';
import { groupSignal } from '../activities/jobs/group-signal.js';
import { childId } from '../jobs/child-id.js';
import { groupEnd } from '../workflows/group-end.js';
import { JobRun } from '../workflows/job-run.js';
import { refusedOutcome } from '../workflows/told.js';
import { groupTries } from './group-tries.js';
import { VirtualClock } from './virtual-clock.js';

export type NamedGroup = GroupState & { name: string };
export type NamedChild = ChildJob & { id: string };

/** What a job in memory runs in. */
export interface JobSurroundings {
  /** One try of a group. */
  attempt(task: GroupTask, signal: AbortSignal, tryNumber: number): Promise<GroupOutcome>;
  /** A group has ended well: what it has collected counts. */
  settle(job: JobInMemory, children: NamedChild[], contributions: Contribution[]): void;
  /** Cancels the job. */
  canceled: AbortSignal;
}

/** A job that runs in this process, by the rules of jobs that run on the engine. */
export class JobInMemory {
  /** What its groups have enqueued. */
  readonly children: NamedChild[] = [];
  private readonly run: JobRun;
  private readonly clock = new VirtualClock();

  constructor(
    private readonly job: JobInput,
    private readonly surroundings: JobSurroundings,
  ) {
    this.run = new JobRun(job, this.clock.nowMs);
  }

  get id(): string {
    return this.job.id;
  }

  get type(): string {
    return this.job.plan.type;
  }

  /** Null: of all tenants. */
  get tenant(): string | null {
    return this.job.tenant;
  }

  get input(): unknown {
    return this.job.input;
  }

  /** The job that enqueued it. */
  get parent(): string | undefined {
    return this.job.parent;
  }

  get status(): JobStatus {
    return this.run.state.status;
  }

  get groups(): NamedGroup[] {
    return this.run.state.groups.map((group, index) => ({ name: this.plan(index).name, ...group }));
  }

  /** What its steps have written. */
  get data(): unknown {
    return this.run.state.data;
  }

  /** Names of the first 100 aggregated results that it has added to. */
  get results(): string[] {
    return this.run.state.results;
  }

  /** Runs its groups until it has ended or a person must decide. */
  async go(): Promise<this> {
    const { killAtMs } = this.job;
    for (let { next } = this.run; next !== undefined; { next } = this.run) {
      if (this.surroundings.canceled.aborted) this.run.end('canceled', this.clock.nowMs);
      else if (killAtMs <= this.clock.nowMs) this.run.end('killed', this.clock.nowMs);
      else await this.runGroup(next);
    }
    return this;
  }

  /** Decides on the group that is uncertain, and goes on. Throws if none is. */
  async decide(decision: Decision): Promise<this> {
    const { uncertain } = this.run;
    if (uncertain === undefined)
      throw new Error(`no group of job ${this.id} is uncertain: it is ${this.status}`);
    this.run.decide(uncertain, decision, this.clock.nowMs);
    return this.go();
  }

  private async runGroup(index: number): Promise<void> {
    const plan = this.plan(index);
    const { clock, run } = this;
    const { killAtMs } = this.job;
    run.begin(index, clock.nowMs);
    let outcome: GroupOutcome | undefined;
    try {
      const attempt = (tryNumber: number) => this.attempt(index, tryNumber);
      const ended = await groupTries(plan, attempt, { clock, killAtMs });
      const refused = refusedOutcome(ended);
      if (refused) throw refused;
      outcome = ended;
      this.settle(index, outcome);
      run.succeed(index, outcome, clock.nowMs);
    } catch (error) {
      const { status, ...end } = groupEnd(error, plan, { outcome });
      if (status === 'returned') throw new Error(end.error, { cause: error });
      if (status === 'late') clock.skip(Math.max(0, killAtMs - clock.nowMs));
      run.fail(index, { ...end, status: status === 'late' ? 'killed' : status }, clock.nowMs);
    }
  }

  private async attempt(index: number, tryNumber: number): Promise<GroupOutcome> {
    const { id, tenant, input, killAtMs } = this.job;
    const { data } = this.run.state;
    const { name: group, timeoutMs, retry } = this.plan(index);
    const job = { id, tenant, type: this.type };
    const task: GroupTask = { job, group, index, input, timeoutMs, retry, killAtMs };
    if (data !== undefined) task.data = data;
    const { signal, release } = groupSignal({
      ...{ canceled: this.surroundings.canceled, shutdown: new AbortController().signal },
      ...{ timeoutMs, leftMs: killAtMs - this.clock.nowMs },
    });
    try {
      return asJson(await this.surroundings.attempt(asJson(task), signal, tryNumber));
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      release();
    }
  }

  private settle(index: number, { children = [], contributions = [] }: GroupOutcome): void {
    const { id, tenant } = this.job;
    const job = { id, tenant, type: this.type };
    const named = children.map((child, ordinal) => ({
      ...child,
      id: child.id ?? childId({ job, index }, ordinal, child),
    }));
    this.children.push(...named);
    this.run.addChildren({ count: named.length, ids: named.map((child) => child.id) });
    this.surroundings.settle(this, named, contributions);
  }

  private plan(index: number): GroupPlan {
    return this.job.plan.groups[index] as GroupPlan;
  }
}

/** What is left of a value that has gone through the engine. */
function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
