import { Result } from '../figure.js';
import type { Figure, Goal } from '../figure.js';
import { send, settle } from '../send.js';
import type { Sent } from '../send.js';
import { countFor } from '../settings.js';
import type { Side } from '../stage.js';
import { Stage } from '../stage.js';
import { percentile } from '../statistics.js';
import { columnsOf } from './columns.js';

const DELAY_SECONDS = 5;

/** The rates at which timers are set: from so far apart that each goes alone to more than bare workflows can do. */
const RATES_PER_SECOND = [10, 100, 500];
/** What p99 must be at most, in milliseconds. */
const P99_MS: Record<number, number> = { 100: 10 };

/** How late requests arrive at a steady rate. */
export const lateness: Figure = {
  name: 'lateness',
  async measure({ rounds, latenessSeconds, lateness: most }, say) {
    const stage = await Stage.open({ peers: true });
    try {
      const title = `Lateness at a steady rate for ${latenessSeconds} s, set ${DELAY_SECONDS} s ahead`;
      const result = new Result('lateness', title, columnsOf(stage), say);
      result.engineVersion = await stage.engineVersion();
      for (const line of stage.missing) result.note(line);
      for (const side of stage.sides) await sendAtRate(stage, side, 20, 2);
      for (let round = 0; round < rounds; round++) {
        for (const perSecond of RATES_PER_SECOND) {
          const goal: Goal = { of: 'value', atMost: P99_MS[perSecond], first: 'lowest' };
          for (const [column, side] of stage.sides.entries()) {
            const seconds = Math.min(latenessSeconds, countFor(side, most) / perSecond);
            const sent = await sendAtRate(stage, side, perSecond, seconds);
            addLateness(result, column, perSecond, sent, goal);
          }
        }
      }
      for (const share of ['p50', 'p99']) {
        const rows = RATES_PER_SECOND.map((perSecond) => `${perSecond} per s, ${share}`);
        result.plot(`Lateness, ${share}`, 'ms', rows, { logarithmic: true });
      }
      return result;
    } finally {
      await stage.close();
    }
  },
};

export async function sendAtRate(
  stage: Stage,
  side: Side,
  perSecond: number,
  seconds: number,
  destinations?: number,
): Promise<Sent> {
  await settle(stage, side);
  const pace = { perSecond, count: Math.round(perSecond * seconds) };
  return send(stage, side, { pace, due: { inSeconds: [DELAY_SECONDS] }, destinations });
}

export function addLateness(
  result: Result,
  column: number,
  perSecond: number,
  sent: Sent,
  p99Goal: Goal,
): void {
  for (const [name, share] of [['p50', 0.5] as const, ['p99', 0.99] as const, ['max', 1] as const]) {
    const ms = percentile(sent.latenessMs, share);
    result.add(column, `${perSecond} per s, ${name}`, ms, 'ms', name === 'p99' ? p99Goal : undefined);
  }
  if (sent.workflows > 0) {
    result.add(column, `${perSecond} per s, workflows a timer`, sent.workflows / sent.accepted, '');
  }
  result.add(
    column,
    `${perSecond} per s, answered after, p99`,
    percentile(sent.outcome.answerMs, 0.99),
    'ms',
  );
  addFaults(result, column, sent);
}

/** What must never be: counted over all rounds. */
export function addFaults(
  result: Result,
  column: number,
  { outcome, accepted, lost, doubled, early }: Sent,
): void {
  const refused = outcome.duesMs.length - accepted;
  if (lost + doubled + early + refused === 0) return;
  const error = outcome.firstError ? ` (${outcome.firstError})` : '';
  result.note(
    `${result.columns[column]}: of ${accepted} accepted ${lost} lost, ${doubled} sent twice, ${early} early; ${refused} refused${error}`,
  );
}
