import { describe, expect, it } from '@jest/globals';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { JobInput } from '#contracts/job.js';
import type { JobReader, StoredJob } from '#jobs/job-reader.js';
import type { JobStart } from '#jobs/job-start.js';
import { ONLY_TENANT } from '../tenants/tenant.js';
import type { JobCatalogue } from './job-catalogue.js';
import { JobChangesService } from './job-changes.service.js';
import type { JobsService } from './jobs.service.js';

const ID = '7f0c2a4e-6a55-4c0e-9d5c-2f1f8f3a9b10';
const DAY_MS = 86_400_000;

/** A failed job, of which the engine has another run by now than the one that was read. */
function changes(latestRunId: string, refusals = 0) {
  const input: JobInput = {
    ...{ id: ID, tenant: 'default', input: {}, createdMs: Date.now(), killAtMs: Date.now() + DAY_MS },
    plan: { type: 'a-job', groups: [], showsData: false },
  };
  const state = { status: 'failed', groups: [], children: 0, childIds: [], results: [] } as unknown;
  const found = { runId: 'read', input, state } as StoredJob;
  const started: JobInput[] = [];
  const service = new JobChangesService(
    {} as Client,
    { find: () => Promise.resolve(found) } as unknown as JobsService,
    {
      start: (job: JobInput) =>
        refusals-- > 0
          ? Promise.reject(new WorkflowExecutionAlreadyStartedError('open', ID, 'job'))
          : Promise.resolve(void started.push(job)),
    } as unknown as JobStart,
    {
      isLatest: (_id: string, runId: string) => Promise.resolve(runId === latestRunId),
      readStart: () => Promise.resolve(started[0] ?? null),
    } as unknown as JobReader,
    {} as JobCatalogue,
    { horizonMs: DAY_MS, taskQueues: {}, sendsMail: false },
  );
  return { service, started };
}

describe('a job that is retried twice at once', () => {
  it('goes on where it stands, never from where it stood before the other retry', async () => {
    const { service, started } = changes('another');
    await expect(service.retry(ONLY_TENANT, ID, {})).rejects.toMatchObject({
      status: 409,
      kind: 'job-status',
    });
    expect(started).toEqual([]);
  });

  it('goes on where nobody else was faster', async () => {
    const { service, started } = changes('read');
    expect(await service.retry(ONLY_TENANT, ID, {})).toMatchObject({ id: ID, status: 'running' });
    expect(started).toHaveLength(1);
  });

  it('goes on as soon as the run has ended that had told how it ended', async () => {
    const { service, started } = changes('read', 2);
    expect(await service.retry(ONLY_TENANT, ID, {})).toMatchObject({ id: ID, status: 'running' });
    expect(started).toHaveLength(1);
  });
});
