import type { CircuitSettings } from '#contracts/destination.js';

export const DESTINATIONS_SETTINGS = Symbol('DESTINATIONS_SETTINGS');

export interface DestinationsSettings {
  circuit: CircuitSettings;
  /** By tenant; the others share one. */
  taskQueues: Readonly<Record<string, string>>;
}
