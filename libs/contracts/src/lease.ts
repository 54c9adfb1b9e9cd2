/**
 * A window of deliveries is a lease. These times are part of the contract between the workflow, which tells them to the
 * engine, and the worker, which keeps to them.
 */

/** Without a heartbeat for this long, the engine gives the window to another worker. */
export const HEARTBEAT_TIMEOUT_MS = 4_000;

/** Nothing is begun when the last confirmed heartbeat is older than the time-out less this. */
export const LEASE_MARGIN_MS = 1_000;

/** A worker gives a window back after this long, done or not, ... */
export const WINDOW_LIMIT_MS = 10 * 60_000;

/** ... so that it never meets the engine's own limit, which would have it sent twice. */
export const WINDOW_TIMEOUT_MS = 15 * 60_000;
