import { FAR_DESTINATIONS, ONE_WAY_MS } from '../far-away.js';
import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import { countFor } from '../settings.js';
import { Stage } from '../stage.js';
import { formatNumber, percentile } from '../statistics.js';
import { columnsOf } from './columns.js';
import { addFaults, sendAtRate } from './lateness.js';

const PER_SECOND = 10;
const SHARES = [['p50', 0.5] as const, ['p99', 0.99] as const, ['max', 1] as const];

/** Each to a destination that nothing was sent to for a while, and all to one. */
const CASES = [
  { name: 'connection to be opened', destinations: FAR_DESTINATIONS, goal: true },
  { name: 'connection kept open', destinations: 1, goal: false },
];

/** Lateness to a receiver that speaks TLS and is 50 ms away, less the way there, which nobody can shorten. */
export const far: Figure = {
  name: 'far',
  async measure({ rounds, latenessSeconds, lateness: most }, say) {
    const stage = await Stage.open({ peers: true, far: true });
    try {
      const title = `Lateness over TLS, ${formatNumber(2 * ONE_WAY_MS)} ms away, less ${ONE_WAY_MS} ms for the way there; ${PER_SECOND} per s for ${latenessSeconds} s`;
      const result = new Result('far', title, columnsOf(stage), say);
      result.engineVersion = await stage.engineVersion();
      for (const line of stage.missing) result.note(line);
      for (const side of stage.sides) await sendAtRate(stage, side, 20, 2, FAR_DESTINATIONS);
      for (let round = 0; round < rounds; round++) {
        for (const { name, destinations, goal } of CASES) {
          for (const [column, side] of stage.sides.entries()) {
            const seconds = Math.min(latenessSeconds, countFor(side, most) / PER_SECOND);
            const sent = await sendAtRate(stage, side, PER_SECOND, seconds, destinations);
            for (const [label, share] of SHARES) {
              const ms = percentile(sent.latenessMs, share) - ONE_WAY_MS;
              const first = goal && label !== 'max' ? ({ of: 'value', first: 'lowest' } as const) : undefined;
              result.add(column, `${name}, ${label}`, ms, 'ms', first);
            }
            addFaults(result, column, sent);
          }
        }
      }
      const rows = SHARES.slice(0, 2).flatMap(([label]) => CASES.map(({ name }) => `${name}, ${label}`));
      result.plot('Lateness over TLS, less the way there', 'ms', rows, { logarithmic: true });
      return result;
    } finally {
      await stage.close();
    }
  },
};
