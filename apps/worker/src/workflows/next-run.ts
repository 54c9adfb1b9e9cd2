import { makeContinueAsNewFunc, workflowInfo } from '@temporalio/workflow';
import type { Workflow } from '@temporalio/workflow';

/**
 * Goes on in a new run with what can be read and searched of this one as it is now: left to itself the engine would
 * begin it with what this one was started with.
 */
export function continueInNextRun<F extends Workflow>(...args: Parameters<F>): Promise<never> {
  const { memo, typedSearchAttributes } = workflowInfo();
  return makeContinueAsNewFunc<F>({ memo, typedSearchAttributes })(...args);
}
