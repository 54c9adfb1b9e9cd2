import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupOutcome, GroupTask } from '#contracts/job.js';
import type { Database } from '#database/database.js';
import { inSpan } from '#observability/tracing.js';
import { Accumulator } from './accumulator.js';
import type { JobType } from './define-job.js';
import { UnknownJobType } from './job-types.js';
import type { HeldLock, ServiceAnswer, ServiceRequest, Step, StepContext } from './step-context.js';

/** A step that was told to stop has so long to do so before its group is given up. */
const STOP_GRACE_MS = 5_000;

/** What steps use of the world. */
export interface StepTools {
  database: Database['orm'];
  call(request: ServiceRequest, signal: AbortSignal): Promise<ServiceAnswer>;
  withLock<T>(
    tenant: string | null,
    resource: string,
    fn: (lock: HeldLock) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T>;
}

/**
 * One try of a group: its steps one after another. Resolves with what they have collected; if a step throws, or the signal
 * fires, nothing of it is left.
 */
export async function runGroup(
  type: JobType,
  task: GroupTask,
  { tools, signal, tryNumber }: { tools: StepTools; signal: AbortSignal; tryNumber: number },
): Promise<GroupOutcome> {
  const steps = type.groups.get(task.group)?.steps as readonly Step<unknown, unknown>[] | undefined;
  if (!steps) throw new UnknownJobType(`this worker has no group ${task.group} of job type ${type.name}`);
  const collected = new Accumulator(task);
  const { job, group, index, input, dueMs } = task;
  const data = 'data' in task ? task.data : type.data?.(input as never);
  const context: StepContext = {
    ...{ job, group, input: input as Readonly<unknown>, data: structuredClone(data), signal, tryNumber },
    idempotencyKey: `${job.id}:${index}`,
    ...(dueMs !== undefined && { dueAt: new Date(dueMs) }),
    // Asked for, not copied: without a database this throws.
    get database() {
      return tools.database;
    },
    call: (request) => tools.call(request, signal),
    enqueue: (child, childInput, options) => collected.enqueue(child, childInput, options),
    add: (result, amounts, options) => collected.add(result, amounts, options),
    withLock: (resource, fn) => tools.withLock(job.tenant, resource, fn, signal),
  };
  for (const [place, step] of steps.entries()) {
    signal.throwIfAborted();
    const attributes = { 'timekeeper.step': place + 1 };
    await inSpan(`step ${step.name || place + 1}`, { attributes }, () =>
      stoppable(Promise.resolve(step(context)), signal),
    );
  }
  signal.throwIfAborted();
  return collected.close(context.data);
}

// A step that does not look at the signal must not hold its place for ever.
async function stoppable(step: Promise<void>, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true, signal: over.signal });
  }).then(() => sleep(STOP_GRACE_MS, undefined, { signal: over.signal, ref: false }));
  try {
    await Promise.race([step, stopped.catch(() => step)]);
    signal.throwIfAborted();
  } finally {
    over.abort();
  }
}
