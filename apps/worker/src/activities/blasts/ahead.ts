import type { OnUncertain } from '#contracts/blast.js';

/** As many are taken ahead as are sent within so long, so that nobody waits for the database. */
const SPAN_MS = { hold: 40, resend: 100 };
/** At most so many: few where those that a lost worker had taken are for a person to decide. */
const MOST = { hold: 24, resend: 64 };
const LEAST = 4;

/** How many recipients a lane takes beyond those who may be under way, given how many were sent in how long. */
export function aheadOf(onUncertain: OnUncertain, sent: number, elapsedMs: number): number {
  const soon = Math.round((sent / Math.max(1, elapsedMs)) * SPAN_MS[onUncertain]);
  return Math.min(LEAST + soon, MOST[onUncertain]);
}
