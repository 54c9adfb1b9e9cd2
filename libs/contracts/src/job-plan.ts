import type { JobAlerts } from './job-alert.js';

/** When a group that did not end well is tried again. */
export interface RetryPlan {
  /** Tries in all. */
  maxAttempts: number;
  /** From the end of the first try to the second. */
  initialDelayMs: number;
  /** Each further delay is so many times the one before. */
  factor: number;
  maxDelayMs: number;
}

/** What a running job must know of a group without its code. */
export interface GroupPlan {
  name: string;
  /** Of one try. */
  timeoutMs: number;
  /** A try that has not been heard of for so long is lost. */
  heartbeatTimeoutMs?: number;
  /** `none`: must not be repeated unasked. */
  retry: RetryPlan | 'none';
  /** A task queue of its own. */
  taskQueue?: string;
  /** The activity that it is, where a worker in another language serves it; then its input and output are those of `runGroup`. */
  activity?: string;
}

/** A job type without its code: what the server knows of it, and what a job keeps for its life. */
export interface JobPlan {
  type: string;
  groups: GroupPlan[];
  /** Whether `GET /jobs/:id` shows what its steps have written. */
  showsData: boolean;
  alerts?: JobAlerts;
}

/** A job type as a worker publishes it. */
export interface JobTypeRecord extends JobPlan {
  description?: string;
  /** JSON Schema of its input. */
  inputSchema: object;
  /** From its start to its `kill_at`, where the client says none. */
  killAfterMs: number;
  warnBeforeMs?: number;
}
