import type { Stage } from '../stage.js';

/** A column for each side, ours first and bare second. */
export function columnsOf(stage: Stage): string[] {
  return stage.sides.map(({ title }) => title);
}
