import { proxyActivities, sleep } from '@temporalio/workflow';
import type { nothing as nothingActivity, post as postActivity } from './post.activity.js';

const { post, nothing } = proxyActivities<{ post: typeof postActivity; nothing: typeof nothingActivity }>({
  startToCloseTimeout: '1 minute',
});

/** A timer as anyone would write it on Temporal: one workflow, one sleep, one activity. */
export async function bareTimer(dueMs: number, url: string): Promise<void> {
  const delayMs = dueMs - Date.now();
  if (delayMs > 0) await sleep(delayMs);
  await post(url);
}

/** One activity as anyone would run it on Temporal. */
export async function bareStep(): Promise<void> {
  await nothing();
}
