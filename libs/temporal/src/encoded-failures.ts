import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Puts message and stack of a failure into a payload, which is encrypted, instead of beside it. Loaded by its path: by the
 * worker, and by the bundle of workflows that goes with encryption.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
