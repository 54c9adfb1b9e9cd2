import { metricMeter } from '@temporalio/workflow';

const NAME = 'timekeeper_attempts_lost';
const HELP = 'Attempts that were given up because no worker has told what came of them';

/** For Prometheus: no worker counts them among its own. What a replay repeats is not counted again. */
export function countLostAttempts(count: number): void {
  if (count > 0) metricMeter.createCounter(NAME, undefined, HELP).add(count);
}
