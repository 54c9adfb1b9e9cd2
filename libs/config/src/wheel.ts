import type { Env } from './env.js';

/** How the wheel turns, where nothing else is said of a timer. */
export function readWheel(env: Env) {
  return {
    leadMs: env.WHEEL_LEAD_MS,
    widthMs: env.WHEEL_WIDTH_MS,
    requestTimeoutMs: env.DELIVERY_TIMEOUT_SECONDS * 1000,
    retryDelaysMs: env.RETRY_DELAYS_SECONDS.map((seconds) => seconds * 1000),
  };
}
