import { Injectable } from '@nestjs/common';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { jobWorkflowId } from '#contracts/job.js';
import type { JobInput } from '#contracts/job.js';
import { jobIdFrom } from '#jobs/job-id.js';
import { JobReader } from '#jobs/job-reader.js';
import { JobStart } from '#jobs/job-start.js';
import { KEY_KEPT_MS, keyReused } from '../http/idempotency-key.js';
import type { KeyedBody } from '../http/keys-in-flight.js';

const START_TIMEOUT_MS = 2_500;

export interface KeyedJob {
  input: JobInput;
  /** It had been started before, by the same request. */
  replayed: boolean;
}

/**
 * The jobs of requests with an `Idempotency-Key`. The id of such a job follows from the key: the engine starts it once,
 * whoever asks, and its input tells what it was started for.
 */
@Injectable()
export class KeyedJobs {
  constructor(
    private readonly jobs: JobStart,
    private readonly reader: JobReader,
  ) {}

  /** The job that the same request has started before, if it has. Problem 422 if that was another request. */
  async find(body: KeyedBody, nowMs: number): Promise<KeyedJob | undefined> {
    for (let generation = 0; ; generation++) {
      const id = idOf(body, generation);
      // The scope is part of the body: the same key with another one is another request.
      const [own, global] = await Promise.all(
        [body.tenant, null].map((owner) => this.reader.readStart(jobWorkflowId(owner, id))),
      );
      const input = own ?? global;
      if (!input) return undefined;
      if (isCurrent(input, body, nowMs)) return { input, replayed: true };
    }
  }

  /** Starts the job, or finds it started by the same request. */
  async start(body: KeyedBody, job: Omit<JobInput, 'id'>, nowMs: number): Promise<KeyedJob> {
    for (let generation = 0; ;) {
      const id = idOf(body, generation);
      const input = { ...job, id, request: { atMs: nowMs, fingerprint: body.fingerprint } };
      try {
        await this.jobs.start(input, { deadlineMs: Date.now() + START_TIMEOUT_MS });
        return { input, replayed: false };
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      const stored = await this.reader.readStart(jobWorkflowId(job.tenant, id));
      if (stored && isCurrent(stored, body, nowMs)) return { input: stored, replayed: true };
      // Gone meanwhile: the same again. Too old: the key is free, and what it stands for next has another id.
      if (stored) generation += 1;
    }
  }
}

function idOf({ tenant, route, key }: KeyedBody, generation: number): string {
  return jobIdFrom(['request', tenant, route, key, generation]);
}

function isCurrent({ request }: JobInput, body: KeyedBody, nowMs: number): boolean {
  if (!request || nowMs - request.atMs >= KEY_KEPT_MS) return false;
  if (request.fingerprint !== body.fingerprint) throw keyReused();
  return true;
}
