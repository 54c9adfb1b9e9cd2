import { join } from 'node:path';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import type { System } from './system.js';

export interface GroupBody {
  name: string;
  status: string;
  tries: number;
  queued_at: string | null;
  started_at: string | null;
  ended_at: string | null;
  error: string | null;
}

export interface JobBody {
  id: string;
  type: string;
  status: string;
  scope: string;
  start_at: string | null;
  kill_at: string;
  ended_at: string | null;
  parent_id: string | null;
  groups: GroupBody[];
  data: unknown;
  children: { total: number; ids: string[] };
  results: string[];
}

/** Modules with job types of tests, as a worker is told of them. */
export const JOB_TYPES = join(ROOT, 'dist/test/support/job-types.js');
export const CRM_JOB_TYPES = join(ROOT, 'dist/test/support/crm-job-types.js');
export const FAULTY_JOB_TYPES = join(ROOT, 'dist/test/support/faulty-job-types.js');
export const LATE_JOB_TYPES = join(ROOT, 'dist/test/support/late-job-types.js');

/** Jobs by the API. */
export class Jobs {
  constructor(private readonly system: System) {}

  /** Starts a job, which must be accepted. */
  async start(type: string, input: object, more: object = {}): Promise<string> {
    const { body } = await this.system
      .api()
      .post('/jobs')
      .send({ type, input, ...more })
      .expect(201);
    return (body as JobBody).id;
  }

  async get(id: string): Promise<JobBody> {
    const { body } = await this.system.api().get(`/jobs/${id}`).expect(200);
    return body as JobBody;
  }

  /** Waits until the job has the status. */
  async reached(id: string, status: string, timeoutMs = 40_000): Promise<JobBody> {
    let last: JobBody | undefined;
    const what = () => `${id} is ${status}: ${JSON.stringify(last)}`;
    return waitUntil(
      what,
      async () => {
        last = await this.get(id);
        return last.status === status && last;
      },
      { timeoutMs, everyMs: 100 },
    );
  }

  /** What a person decides on an uncertain group. */
  async decide(id: string, group: number, decision: 'retry' | 'skip'): Promise<JobBody> {
    const { body } = await this.system.api().post(`/jobs/${id}/groups/${group}/${decision}`).expect(200);
    return body as JobBody;
  }

  /** Waits until workers have published a job type. */
  async published(type: string): Promise<void> {
    await waitUntil(`${type} is published`, async () => {
      const { body } = await this.system.api().get('/job-types');
      const { data = [] } = body as { data?: { type: string }[] };
      return data.some((each) => each.type === type);
    });
  }
}
