import type { Env } from './env.js';

/** When a destination that fails is paused, probed and healthy again. */
export function readCircuit(env: Env) {
  return {
    pauseAfterMs: env.DESTINATION_PAUSE_AFTER_SECONDS * 1000,
    probeIntervalMs: env.DESTINATION_PROBE_SECONDS * 1000,
    quietMs: env.DESTINATION_QUIET_SECONDS * 1000,
  };
}
