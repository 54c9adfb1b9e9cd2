import { describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { Metrics } from '#observability/metrics.js';
import { EngineMetrics } from './engine-metrics.js';

describe('what the engine is asked for metrics', () => {
  it('is asked all at once, so that one that hangs holds up a scrape no longer than by one call', async () => {
    const questions: ((failed: Error) => void)[] = [];
    const withDeadline = () => new Promise((_resolve, reject) => questions.push(reject));
    const metrics = new Metrics();
    new EngineMetrics(metrics, { withDeadline } as unknown as Client, ['timers-acme']).onModuleInit();

    const scrape = metrics.text();
    const queues = ['timers', 'jobs', 'jobs-bursts', 'messages', 'timers-acme'];
    const [pending, overdue, openJobs, alerts] = [1, 1, 3, 2];
    expect(questions).toHaveLength(pending + overdue + openJobs + alerts + 2 * queues.length);

    for (const fail of questions) fail(new Error('4 DEADLINE_EXCEEDED'));
    expect(await scrape).toContain(
      'timekeeper_task_queue_backlog{task_queue="timers-acme",kind="workflow"} Nan',
    );
    expect(questions).toHaveLength(pending + overdue + openJobs + alerts + 2 * queues.length);
  });
});
