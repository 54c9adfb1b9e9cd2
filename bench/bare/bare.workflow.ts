import { proxyActivities, sleep } from '@temporalio/workflow';
import type { post as postActivity } from './post.activity.js';

const { post } = proxyActivities<{ post: typeof postActivity }>({ startToCloseTimeout: '1 minute' });

/** A timer as anyone would write it on Temporal: one workflow, one sleep, one activity. */
export async function bareTimer(dueMs: number, url: string): Promise<void> {
  const delayMs = dueMs - Date.now();
  if (delayMs > 0) await sleep(delayMs);
  await post(url);
}
