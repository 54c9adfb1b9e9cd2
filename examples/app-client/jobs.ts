import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { jobOptions } from '#contracts/job-options.js';
import type { JobPlan } from '#contracts/job-plan.js';
import { JOB_WORKFLOW } from '#contracts/job.js';
import type { JobInput } from '#contracts/job.js';
import { JOBS_TASK_QUEUE } from '#contracts/task-queues.js';

const HOUR_MS = 3_600_000;
/** The type of `apps/worker/src/jobs/types/coupon-campaign`, as `GET /job-types` tells of it. */
const PLAN: JobPlan = {
  type: 'coupon-campaign',
  groups: [
    {
      ...{ name: 'pages', timeoutMs: 60_000 },
      retry: { maxAttempts: 10, initialDelayMs: 1_000, factor: 2, maxDelayMs: 60_000 },
    },
  ],
  showsData: false,
};

/** Starts a job that begins tomorrow, and returns its id. Until then it can be cancelled by cancelling its workflow. */
export async function startCampaign(client: Client, tenant: string, campaign: string): Promise<string> {
  const createdMs = Date.now();
  const startAtMs = createdMs + 24 * HOUR_MS;
  const input: JobInput = {
    ...{ id: randomUUID(), tenant, plan: PLAN, createdMs, startAtMs, killAtMs: startAtMs + HOUR_MS },
    input: { campaign, notify_url: 'https://example.com/coupons', amount_cents: 500 },
  };
  await client.workflow.start(JOB_WORKFLOW, { ...jobOptions(input), taskQueue: JOBS_TASK_QUEUE });
  return input.id;
}
