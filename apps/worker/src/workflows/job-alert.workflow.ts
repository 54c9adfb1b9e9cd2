import { proxyActivities } from '@temporalio/workflow';
import type { AlertActivities, JobAlertInput } from '#contracts/job-alert.js';

/** An alert that cannot be sent for so long is given up. */
const GIVE_UP_MS = 3 * 86_400_000;

const { findRecipients } = proxyActivities<AlertActivities>({
  startToCloseTimeout: 10_000,
  retry: { maximumInterval: 60_000 },
});

const { sendAlert } = proxyActivities<AlertActivities>({
  startToCloseTimeout: 60_000,
  scheduleToCloseTimeout: GIVE_UP_MS,
  retry: { initialInterval: 5_000, maximumInterval: 600_000 },
});

/** Tells everybody whom it concerns what has become of a job. */
export async function jobAlert({ alert, recipients }: JobAlertInput): Promise<void> {
  const all = await findRecipients(alert.job.tenant, recipients);
  const ends = await Promise.allSettled(all.map((recipient) => sendAlert(alert, recipient)));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
