import type { FieldError } from './problem.dto.js';

export type ProblemKind =
  | 'validation'
  | 'malformed-body'
  | 'unauthorized'
  | 'not-found'
  | 'method-not-allowed'
  | 'timer-status'
  | 'email-status'
  | 'job-status'
  | 'booking-status'
  | 'blast-status'
  | 'idempotency-key-in-use'
  | 'idempotency-key-reused'
  | 'precondition-failed'
  | 'insufficient-scope'
  | 'conflict'
  | 'body-too-large'
  | 'unsupported-media-type'
  | 'destination_blocked'
  | 'quota-exceeded'
  | 'flow-needs-database'
  | 'jobs-need-database'
  | 'needs-database'
  | 'webhook-endpoints-need-database'
  | 'unknown-job-type'
  | 'no-mail-server'
  | 'emails-need-database'
  | 'engine-unavailable'
  | 'database-unavailable'
  | 'too-many-listeners'
  | 'too-many-failed-logins'
  | 'no-worker'
  | 'not-ready'
  | 'http'
  | 'internal';

/** Answers the request with problem details. `headers` go out with it. */
export class ProblemException extends Error {
  constructor(
    readonly status: number,
    readonly kind: ProblemKind,
    detail: string,
    readonly extra: {
      errors?: FieldError[];
      headers?: Record<string, string>;
      checks?: object;
      timer_status?: string;
      email_status?: string;
      job_status?: string;
      booking_status?: string;
      blast_status?: string;
    } = {},
  ) {
    super(detail);
  }
}

/** 400 with the fields that are wrong. */
export function invalid(errors: FieldError[]): ProblemException {
  const detail = errors.map(({ field, message }) => `${field} ${message}`).join('; ');
  return new ProblemException(400, 'validation', detail, { errors });
}
