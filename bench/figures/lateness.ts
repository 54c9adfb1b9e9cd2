import { Result } from '../figure.js';
import type { Figure, Goal } from '../figure.js';
import { send, settle } from '../send.js';
import type { Sent } from '../send.js';
import type { Side } from '../stage.js';
import { Stage } from '../stage.js';
import { percentile } from '../statistics.js';

const DELAY_SECONDS = 5;

/** The rates at which timers are set: steady, and so far apart that each goes alone. */
export const RATES_PER_SECOND = [100, 10];

/** How late requests arrive at a steady rate. */
export const lateness: Figure = {
  name: 'lateness',
  async measure({ rounds, latenessSeconds }, say) {
    const title = `Lateness at a steady rate for ${latenessSeconds} s, set ${DELAY_SECONDS} s ahead`;
    const result = new Result('lateness', title, ['Timekeeper', 'bare workflow'], say);
    const stage = await Stage.open();
    try {
      result.engineVersion = await stage.engineVersion();
      for (const side of stage.sides) await sendAtRate(stage, side, 20, 5);
      for (let round = 0; round < rounds; round++) {
        for (const perSecond of RATES_PER_SECOND) {
          for (const [column, side] of stage.sides.entries()) {
            const sent = await sendAtRate(stage, side, perSecond, latenessSeconds);
            addLateness(result, column as 0 | 1, perSecond, sent, { of: 'value', atMost: 25 });
          }
        }
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
): Promise<Sent> {
  await settle(stage);
  const pace = { perSecond, count: perSecond * seconds };
  return send(stage, side, { pace, due: { inSeconds: [DELAY_SECONDS] } });
}

export function addLateness(
  result: Result,
  column: 0 | 1,
  perSecond: number,
  sent: Sent,
  p99Goal: Goal,
): void {
  for (const [name, share] of [['p50', 0.5] as const, ['p99', 0.99] as const, ['max', 1] as const]) {
    const ms = percentile(sent.latenessMs, share);
    result.add(column, `${perSecond} per s, ${name}`, ms, 'ms', name === 'p99' ? p99Goal : undefined);
  }
  result.add(column, `${perSecond} per s, workflows a timer`, sent.workflows / sent.accepted, '');
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
  column: 0 | 1,
  { outcome, accepted, lost, doubled, early }: Sent,
): void {
  const refused = outcome.duesMs.length - accepted;
  if (lost + doubled + early + refused === 0) return;
  const error = outcome.firstError ? ` (${outcome.firstError})` : '';
  result.note(
    `${result.columns[column]}: of ${accepted} accepted ${lost} lost, ${doubled} sent twice, ${early} early; ${refused} refused${error}`,
  );
}
