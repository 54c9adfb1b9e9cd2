import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import type { GroupStatus, JobState } from '#contracts/job.js';
import type { JobPlan } from '#contracts/job-plan.js';
import { JobRun } from './job-run.js';

const T0 = 1_800_000_000_000;
const FINAL: GroupStatus[] = ['succeeded', 'failed', 'skipped', 'dropped'];

/** What may happen, in any order, whether or not it is its turn. */
const anyEvent = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('begin' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant('succeed' as const), children: fc.nat({ max: 3 }) }),
  },
  fc.record({
    what: fc.constant('fail' as const),
    status: fc.constantFrom(
      ...(['failed', 'canceled', 'killed'] as const),
      ...Array.from({ length: 6 }, () => 'uncertain' as const),
    ),
    begun: fc.boolean(),
  }),
  fc.record({ what: fc.constant('giveBack' as const) }),
  fc.record({
    what: fc.constant('decide' as const),
    index: fc.nat({ max: 6 }),
    decision: fc.constantFrom('retry' as const, 'skip' as const),
  }),
  fc.record({
    what: fc.constant('end' as const),
    status: fc.constantFrom('canceled' as const, 'killed' as const),
  }),
  fc.record({ what: fc.constant('continue' as const) }),
);

/** What turns a run: an engine that runs one group at a time, and people who decide when they like. */
class World {
  private run: JobRun;
  private running?: number;
  private nowMs = T0;
  private began = 0;
  private settled = 0;
  /** Tries of the group that runs, or is to be begun again. */
  private tries = 0;
  private readonly final = new Map<number, GroupStatus>();
  private over?: string;

  constructor(private readonly plan: JobPlan) {
    this.run = new JobRun({ plan }, T0);
  }

  get state(): JobState {
    return this.run.state;
  }

  begin(): void {
    const { next } = this.run;
    if (next === undefined || this.running !== undefined) return;
    if (this.over) throw new Error('a group is begun after the end');
    if (this.run.uncertain !== undefined) throw new Error('a group is begun while another is uncertain');
    const waits = this.state.groups.slice(0, next).find(({ status }) => !FINAL.includes(status));
    if (waits) throw new Error(`a group is begun before one that is ${waits.status}`);
    this.running = next;
    this.run.begin(next, ++this.nowMs);
    this.checkTries(next);
    this.began++;
  }

  succeed(children: number): void {
    if (this.running === undefined) return;
    const ids = Array.from({ length: children }, (_, i) => `${this.settled}-${i}`);
    this.run.addChildren({ count: children, ids });
    this.run.succeed(this.running, { data: ++this.settled, contributions: [{ result: 'r' }] }, ++this.nowMs);
    this.ended(this.running);
  }

  fail(status: 'failed' | 'canceled' | 'killed' | 'uncertain', begun: boolean): void {
    if (this.running === undefined) return;
    const before = JSON.stringify([this.state.data, this.state.children, this.state.results]);
    this.run.fail(this.running, { status, tries: 1, begun }, ++this.nowMs);
    if (JSON.stringify([this.state.data, this.state.children, this.state.results]) !== before)
      throw new Error('a group that did not end well has left something');
    this.ended(this.running);
  }

  giveBack(): void {
    if (this.running === undefined) return;
    this.run.wait(this.running, { tries: 1, error: 'given back' });
    this.tries++;
    this.checkTries(this.running);
    if (this.run.next !== this.running) throw new Error('a group that was given back is not begun again');
    this.running = undefined;
  }

  private ended(index: number): void {
    this.tries++;
    this.checkTries(index);
    this.tries = 0;
    this.running = undefined;
  }

  private checkTries(index: number): void {
    const tries = this.state.groups[index]?.tries;
    if (tries !== this.tries) throw new Error(`group ${index} had ${this.tries} tries and tells of ${tries}`);
  }

  decide(index: number, decision: 'retry' | 'skip'): void {
    const before = JSON.stringify(this.state);
    const isUncertain = this.run.uncertain === index && !this.over;
    const decided = this.run.decide(index, decision, ++this.nowMs);
    if (decided !== isUncertain) throw new Error(`group ${index} was ${decided ? '' : 'not '}decided on`);
    if (!decided && JSON.stringify(this.state) !== before)
      throw new Error('what was not decided has changed');
  }

  // The workflow waits for what runs before it ends.
  end(status: 'canceled' | 'killed'): void {
    if (this.running === undefined) this.run.end(status, ++this.nowMs);
  }

  continueAsNew(): void {
    if (this.running !== undefined) return;
    const state = JSON.parse(JSON.stringify(this.state)) as JobState;
    this.run = new JobRun({ plan: this.plan, state }, ++this.nowMs);
  }

  finish(): void {
    for (let round = 0; !this.run.over; round++) {
      if (round > 50) throw new Error('it does not come to an end');
      if (this.run.uncertain !== undefined) this.decide(this.run.uncertain, 'skip');
      this.begin();
      this.succeed(0);
      this.check();
    }
    const left = this.state.groups.find(({ status }) => status === 'waiting' || status === 'running');
    if (left) throw new Error(`a group is ${left.status} after the end`);
  }

  check(): void {
    const { status, groups, endedMs } = this.state;
    groups.forEach((group, index) => {
      const before = this.final.get(index);
      if (before && before !== group.status)
        throw new Error(`group ${index} was ${before}, is ${group.status}`);
      if (FINAL.includes(group.status)) this.final.set(index, group.status);
    });
    if (groups.filter((group) => group.status === 'running').length > 1) throw new Error('two groups run');
    if (groups.filter((group) => group.status === 'succeeded').length !== this.settled)
      throw new Error('what groups have left does not count once');
    if (this.settled > 0 && this.state.data !== this.settled) throw new Error('it is not the last data');
    if (this.over && this.over !== status) throw new Error(`the job was ${this.over}, is ${status}`);
    if (this.run.over) this.over = status;
    if (this.run.over !== (endedMs !== undefined)) throw new Error('it has ended at no time, or not ended');
    if ((status === 'uncertain') !== (!this.run.over && this.run.uncertain !== undefined))
      throw new Error(`the job is ${status}, and group ${this.run.uncertain} uncertain`);
  }
}

describe('the run of a job, whatever happens in whatever order', () => {
  it('begins nothing after its end, counts nothing twice, ends each group in one state, and survives a new run', () => {
    const anyGroups = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(anyGroups, fc.array(anyEvent, { maxLength: 40 }), (count, events) => {
        const groups = Array.from({ length: count }, (_, index) => ({
          ...{ name: `g${index}`, timeoutMs: 1, retry: 'none' as const },
        }));
        const world = new World({ type: 'a-job', groups, showsData: false });
        for (const event of events) {
          if (event.what === 'begin') world.begin();
          else if (event.what === 'succeed') world.succeed(event.children);
          else if (event.what === 'fail') world.fail(event.status, event.begun);
          else if (event.what === 'giveBack') world.giveBack();
          else if (event.what === 'decide') world.decide(event.index, event.decision);
          else if (event.what === 'end') world.end(event.status);
          else world.continueAsNew();
          world.check();
        }
        world.finish();
      }),
      { numRuns: 1_000 },
    );
  });
});
