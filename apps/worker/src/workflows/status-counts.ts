import { metricMeter, workflowInfo } from '@temporalio/workflow';

/**
 * Counts how often things came to have a status, for Prometheus. The SDK does not count again what a replay repeats, and
 * nothing of it is recorded.
 */
export class StatusCounts {
  private counted: readonly string[];

  /** `known`: statuses that were counted before, by the run that this one continues. */
  constructor(
    private readonly metric: { name: string; help: string },
    known: readonly string[] = [],
  ) {
    this.counted = known;
  }

  /** The statuses as they are now, each at its place. */
  update(statuses: readonly string[]): void {
    const others = statuses.filter((status, index) => status !== this.counted[index]);
    this.counted = statuses;
    const { name, help } = this.metric;
    for (const status of new Set(others)) {
      const count = others.filter((each) => each === status).length;
      metricMeter.createCounter(name, undefined, help).add(count, { status });
    }
  }
}

/** Whether a run before this one has counted. */
export function isContinued(): boolean {
  return workflowInfo().continuedFromExecutionRunId !== undefined;
}
