import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import type { Metrics } from '#observability/metrics.js';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];

const MAX_ATTEMPTS = 3;
/** gRPC's codes, in the order of their numbers. */
const CODES = [
  ...['ok', 'cancelled', 'unknown', 'invalid_argument', 'deadline_exceeded', 'not_found', 'already_exists'],
  ...['permission_denied', 'resource_exhausted', 'failed_precondition', 'aborted', 'out_of_range'],
  ...['unimplemented', 'internal', 'unavailable', 'data_loss', 'unauthenticated'],
];

/** Counts what of the calls to the engine had to be tried again, and why. */
export class EngineCalls {
  private readonly retries;

  constructor(metrics: Metrics) {
    this.retries = metrics.counter({
      name: 'engine_call_retries_total',
      help: 'Calls to the engine that were made again, by what the call before came to',
      labels: ['operation', 'code'],
    });
  }

  retried(operation: string, code: number): void {
    this.retries.inc({ operation, code: CODES[code] ?? 'unknown' });
  }
}

/** A call that may succeed a moment later is made again, in all so often that an HTTP client still waits. */
export function retryingCalls(calls?: EngineCalls): Interceptor {
  const retry = defaultGrpcRetryOptions({ maxAttempts: MAX_ATTEMPTS });
  return (options, nextCall) => {
    const { path } = options.method_definition;
    const retryableDecider: typeof retry.retryableDecider = (attempt, status) => {
      const again = retry.retryableDecider(attempt, status);
      if (again) calls?.retried(path.slice(path.lastIndexOf('/') + 1), status.code);
      return again;
    };
    return makeGrpcRetryInterceptor({ ...retry, retryableDecider })(options, nextCall);
  };
}
