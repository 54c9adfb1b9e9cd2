import type { Database } from '#database/database.js';
import type { ListItem, ResultType } from './define-result.js';
import type { JobType } from './define-job.js';
import type { InputOf, JsonSchema } from './input.js';

/** Whose the job is that runs, and which. */
export interface JobIdentity {
  id: string;
  /** Null: of all tenants. */
  tenant: string | null;
  type: string;
}

/** A request to an external service. */
export interface ServiceRequest {
  /** `http` or `https`. Addresses that are not public are refused unless the operator allows them. */
  url: string;
  /** `POST` unless said otherwise. */
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers?: Record<string, string>;
  /** A text or bytes go out as they are, anything else as JSON. */
  body?: unknown;
  /** In all, reading included; 30 s unless said otherwise. */
  timeoutMs?: number;
}

export interface ServiceAnswer {
  statusCode: number;
  headers: Record<string, string | string[] | undefined>;
  /** At most 1 MiB of the body. */
  text: string;
}

export interface EnqueueOptions {
  /** `tenant`: work of the job's own tenant, or of `tenant`. `global`: work of nobody in particular. The job's own if absent. */
  scope?: 'tenant' | 'global';
  tenant?: string;
  /** Of all that are enqueued with the same key, type and tenant one is started. At most 255 characters. */
  key?: string;
}

/** What a lock gives to whoever holds it. */
export interface HeldLock {
  /** Greater at each time that the resource is locked: what is written with a smaller one comes from a holder that was lost. */
  fencingToken: number;
  /** Fires when the lock is lost, and with the signal of the group. */
  signal: AbortSignal;
}

/** All that a step can do with the job that it is part of. */
export interface StepContext<Input = unknown, Data = unknown> {
  readonly job: JobIdentity;
  /** Name of the group. */
  readonly group: string;
  /** 1 for the first try of the group. */
  readonly tryNumber: number;
  /** The same at every try of this group of this job, for services that recognize what they have done. */
  readonly idempotencyKey: string;
  readonly input: Readonly<Input>;
  /** Of the run of a schedule: when it was due, its jitter apart. In a backfill that is long ago. */
  readonly dueAt?: Date;
  /** The job's execution data. What is written counts when the group has ended well. */
  data: Data;
  /** Fires on time-out, cancel, kill and shutdown. Pass it on to whatever waits. */
  readonly signal: AbortSignal;
  /** PostgreSQL. What is written there counts at once, whatever becomes of the group. */
  readonly database: Database['orm'];

  /** Asks a service. Any status is an answer; throws where there is none. */
  call(request: ServiceRequest): Promise<ServiceAnswer>;
  /** Has a job started when the group has ended well, once. Returns the id that it will have. Throws if the input is not as its type wants it. */
  enqueue<S extends JsonSchema>(type: JobType<S>, input: InputOf<S>, options?: EnqueueOptions): string;
  /** Adds to an aggregated result when the group has ended well, once. `of` tells results of one type apart. */
  add<C extends string, L extends Record<string, JsonSchema>>(
    result: ResultType<C, L>,
    amounts: { [K in C]?: number } & { [K in keyof L]?: ListItem<L[K]>[] },
    options?: { of?: string },
  ): void;
  /**
   * Runs `fn` while nobody else holds the resource, on any worker. Waits for it; other groups go on meanwhile. The lock is
   * given back when `fn` has ended, or soon after this process is gone.
   */
  withLock<T>(resource: string, fn: (lock: HeldLock) => Promise<T>): Promise<T>;
}

export type Step<Input, Data> = (context: StepContext<Input, Data>) => Promise<void> | void;
