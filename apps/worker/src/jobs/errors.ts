/** Thrown by a step: the group has failed, and is not tried again. */
export class FinalError extends Error {
  override readonly name = 'FinalError';
}

/** Thrown by a step: the group is tried again, but not before so long has passed. */
export class RetryAfterError extends Error {
  override readonly name = 'RetryAfterError';

  constructor(
    message: string,
    readonly delayMs: number,
  ) {
    super(message);
  }
}
