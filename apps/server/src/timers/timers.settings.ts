import type { WheelSettings } from '#contracts/timers.js';

export const TIMERS_SETTINGS = Symbol('TIMERS_SETTINGS');

export interface TimersSettings {
  /** How far ahead a timer may be set. */
  horizonMs: number;
  /** Workflow starts of one tenant under way at a time. */
  startsInFlight: number;
  /** Largest body of one timer, in a batch as alone. */
  bodyLimitBytes: number;
  wheel: WheelSettings;
  /** A timer may have a flow: there is a database that keeps it. */
  keepsFlows: boolean;
  /** By tenant; the others share one. */
  taskQueues: Readonly<Record<string, string>>;
}
