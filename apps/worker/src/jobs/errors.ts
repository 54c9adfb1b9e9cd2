const MAX_DELAY_MS = 365 * 86_400_000;

/** Thrown by a step: the group has failed, and is not tried again. */
export class FinalError extends Error {
  override readonly name = 'FinalError';
}

/** Thrown by a step: the group is tried again, but not before so long has passed: 0 ms to a year, else a `RangeError`. */
export class RetryAfterError extends Error {
  override readonly name = 'RetryAfterError';

  constructor(
    message: string,
    readonly delayMs: number,
  ) {
    super(message);
    if (!(delayMs >= 0 && delayMs <= MAX_DELAY_MS))
      throw new RangeError(`delayMs of "${message}" must be from 0 to ${MAX_DELAY_MS}, got ${delayMs}`);
  }
}
