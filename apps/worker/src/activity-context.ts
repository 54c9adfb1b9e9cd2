import { CompleteAsyncError } from '@temporalio/activity';
import type { Info } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { tenantOfWorkflowId } from '#contracts/tenant.js';
import { databaseError } from '#database/unavailable.js';
import type { Faults } from '#observability/faults.js';
import { withLogFields } from '#observability/log-context.js';
import { isLastAttempt } from './last-attempt.js';

/** Puts on each line of an activity whose it is, and tells of faults when there is no other attempt to mend them. */
export function activityContext(faults: Faults): ActivityInterceptorsFactory {
  return ({ info, cancellationSignal }) => {
    const fields = fieldsOf(info);
    return {
      inbound: {
        execute: (input, next) =>
          withLogFields(fields, async () => {
            try {
              return await next(input);
            } catch (error) {
              const isWanted = !cancellationSignal.aborted && isFault(error);
              if (isWanted && isLastAttempt(info, error, Date.now()))
                faults.report(databaseError(error), { taskQueue: info.taskQueue });
              throw error;
            }
          }),
      },
      outbound: { getLogAttributes: (input, next) => ({ ...next(input), ...fields }) },
    };
  };
}

function fieldsOf({ workflowExecution, workflowType, activityType, activityId, attempt }: Info) {
  const { workflowId = '', runId } = workflowExecution ?? {};
  const tenant = tenantOfWorkflowId(workflowId);
  return { ...(tenant && { tenant }), workflowId, runId, workflowType, activityType, activityId, attempt };
}

/**
 * What our activities throw on purpose is an `ApplicationFailure`: news for the workflow, such as a step of somebody's job
 * that has thrown or a mail server that has refused. What a destination answers they do not throw at all.
 */
function isFault(error: unknown): boolean {
  return ![ApplicationFailure, CancelledFailure, CompleteAsyncError].some((each) => error instanceof each);
}
