import { startTimers } from '../../test/support/tenant-timers.js';
import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import { Forked } from '../forked.js';
import { send, settle } from '../send.js';
import { Stage } from '../stage.js';
import { formatNumber } from '../statistics.js';
import { addLateness } from './lateness.js';

const PER_SECOND = 10;
const DELAY_SECONDS = 5;
const SLOW_DESTINATIONS = 20;
const GOAL = { of: 'value', atMost: 50 } as const;

/** How late the timers of one tenant are beside another one's that are all due now and go to slow destinations. */
export const fairness: Figure = {
  name: 'fairness',
  async measure({ rounds, latenessSeconds, noisy: count }, say) {
    const title = `Lateness at ${PER_SECOND} per s beside ${formatNumber(count)} timers of another tenant, due now, to slow destinations, and alone`;
    const result = new Result('fairness', title, ['beside', 'alone'], say);
    const stage = await Stage.open();
    const slow = await Forked.start<'port', number>(new URL('../slow-receiver.js', import.meta.url));
    try {
      result.engineVersion = await stage.engineVersion();
      const port = await slow.ask('port');
      await addQuiet(stage, 5);
      for (let round = 0; round < rounds; round++) {
        addLateness(result, 1, PER_SECOND, await addQuiet(stage, latenessSeconds), GOAL);
        await startNoisy(stage, port, count);
        addLateness(result, 0, PER_SECOND, await addQuiet(stage, latenessSeconds), GOAL);
        result.note(`${await endNoisy(stage)} groups of the other tenant were still at work then`);
        await settle(stage);
      }
      return result;
    } finally {
      await slow.stop();
      await stage.close();
    }
  },
};

function addQuiet(stage: Stage, seconds: number) {
  const pace = { perSecond: PER_SECOND, count: PER_SECOND * seconds };
  return send(stage, stage.ours, { pace, due: { inSeconds: [DELAY_SECONDS] } });
}

/** Through no API, so that nothing but the timers themselves is measured. */
async function startNoisy({ client }: Stage, port: number, count: number): Promise<void> {
  const dueMs = Date.now();
  const url = (index: number) => `http://127.0.0.${1 + (index % SLOW_DESTINATIONS)}:${port}/`;
  await startTimers(
    client,
    'noisy',
    Array.from({ length: count }, (_, index) => ({ dueMs, url: url(index) })),
  );
}

async function endNoisy({ client }: Stage): Promise<number> {
  let ended = 0;
  const query = `TimekeeperTenant = 'noisy' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query })) {
    await client.workflow.getHandle(workflowId).terminate();
    ended += 1;
  }
  return ended;
}
