import { setTimeout as sleep } from 'node:timers/promises';
import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import { Forked } from '../forked.js';
import type { ReadOutcome, ReadQuestion } from '../ours/read.js';
import { send, settle } from '../send.js';
import type { Sent } from '../send.js';
import { Stage } from '../stage.js';
import { formatNumber, percentile } from '../statistics.js';
import { addFaults } from './lateness.js';
import { fill } from './pending.js';

const PER_SECOND = 100;
const DELAY_SECONDS = 5;
const READS = [
  { read: 'timer', name: 'GET of a timer', concurrency: 16 } as const,
  { read: 'list', name: 'GET of a page of 100', concurrency: 4 } as const,
];
/** Among those that are pending, so many are read in turn. */
const KNOWN_TIMERS = 500;

/** Reading while timers come and go, and while nothing else happens; and what reading does to the timers. */
export const reads: Figure = {
  name: 'reads',
  async measure({ rounds, concurrency, reads: count, acceptSeconds: seconds }, say) {
    const title = `Reading among ${formatNumber(count)} pending timers for ${seconds} s, beside ${PER_SECOND} timers per s, and each alone`;
    const result = new Result('reads', title, ['beside', 'alone'], say);
    const stage = await Stage.open();
    const url = new URL('../ours/read.js', import.meta.url);
    const reader = await Forked.start<ReadQuestion, ReadOutcome>(url, [stage.ours.serverUrl]);
    try {
      result.engineVersion = await stage.engineVersion();
      await fill(stage, concurrency, count);
      await reader.ask({ create: KNOWN_TIMERS, url: stage.receiverUrl });
      for (let round = 0; round < rounds; round++) {
        await settle(stage);
        const undisturbed = await sendTimers(stage, seconds);
        for (const { name, ...reading } of READS) {
          const read = () => reader.ask({ ...reading, durationMs: seconds * 1000 });
          await settle(stage);
          addReads(result, 1, name, await read());
          addLateness(result, 1, name, undisturbed);
          await settle(stage);
          const [sent, outcome] = await Promise.all([
            sendTimers(stage, DELAY_SECONDS + seconds),
            // From when the first of them are due.
            sleep(DELAY_SECONDS * 1000).then(read),
          ]);
          addReads(result, 0, name, outcome);
          addLateness(result, 0, name, sent);
        }
      }
      return result;
    } finally {
      await reader.stop();
      await stage.close();
    }
  },
};

async function sendTimers(stage: Stage, seconds: number): Promise<Sent> {
  const pace = { perSecond: PER_SECOND, count: PER_SECOND * seconds };
  return send(stage, stage.ours, { pace, due: { inSeconds: [DELAY_SECONDS] } });
}

function addReads(result: Result, column: number, name: string, outcome: ReadOutcome): void {
  const { answerMs, elapsedMs, refused, firstError } = outcome;
  result.add(column, name, (answerMs.length * 1000) / elapsedMs, 'per s');
  result.add(column, `${name}, answered after, p50`, percentile(answerMs, 0.5), 'ms');
  result.add(column, `${name}, answered after, p99`, percentile(answerMs, 0.99), 'ms');
  if (refused > 0) result.note(`${result.columns[column]}: ${refused} × ${name} refused (${firstError})`);
}

function addLateness(result: Result, column: number, name: string, sent: Sent): void {
  for (const [label, share] of [['p50', 0.5] as const, ['p99', 0.99] as const]) {
    const ms = percentile(sent.latenessMs, share);
    result.add(column, `lateness of timers beside ${name}, ${label}`, ms, 'ms');
  }
  addFaults(result, column, sent);
}
