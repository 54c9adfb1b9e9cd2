import { childrenOf, openFiles, residentMiB } from './processes.js';
import type { Stage } from './stage.js';

/** What the processes of Timekeeper hold, the one that has most of it. */
export interface Footprint {
  openFiles: number;
  residentMiB: number;
  /** Processes of PostgreSQL, nearly one for each connection. */
  sessions: number;
}

export function footprintOf({ system }: Stage): Footprint {
  const pids = system.apps.filter(({ process: { alive } }) => alive).map(({ process: { pid } }) => pid);
  return {
    openFiles: Math.max(...pids.map(openFiles)),
    residentMiB: Math.round(Math.max(...pids.map(residentMiB))),
    sessions: childrenOf(system.postgres.pid).length,
  };
}

/** What did not come back to where it was; processes that are new, or had not done anything yet, have some room to grow. */
export function leftBehind(before: Footprint, after: Footprint): string[] {
  const grown = (name: keyof Footprint, room: number) =>
    after[name] > before[name] * 2 + room ? [`${name}: ${before[name]} before, ${after[name]} after`] : [];
  return [...grown('openFiles', 150), ...grown('residentMiB', 300), ...grown('sessions', 100)];
}
