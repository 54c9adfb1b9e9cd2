import { WorkerKiller } from '../../test/support/kill-workers.js';
import { MeasuredBlast } from '../blasts/measured-blast.js';
import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import { formatNumber } from '../statistics.js';
import { MAIL, perSecond, person, startForMail, startMailReceiver } from './blasts.js';

const WORKERS = 2;
const PARALLELISM = 32;
const NONE = { of: 'value', atMost: 0 } as const;

/** A blast by mail whose workers are killed at random, one every few seconds: who got how many, and what is told of them. */
export const blastsKilled: Figure = {
  name: 'blasts-killed',
  async measure({ rounds, blasts: count }, say) {
    const title = `A blast of ${formatNumber(count)} mails whose ${WORKERS} workers are killed at random`;
    const result = new Result('blasts-killed', title, ['Timekeeper', ''], say);
    const mails = await startMailReceiver();
    const system = await startForMail(
      `smtp://127.0.0.1:${(await mails.ask({ ask: 'port' })) as number}`,
      WORKERS,
    );
    try {
      for (let round = 0; round < rounds; round++) {
        const blast = await MeasuredBlast.create(system, { parallelism: PARALLELISM, ...MAIL });
        await blast.upload(count, person);
        await blast.start();
        const killer = new WorkerKiller(system.workers);
        const { ms, counts } = await blast.finished(count).finally(() => killer.stop());
        const uncertain = await blast.addresses('uncertain');
        const came = await mails.ask({ ask: 'came', count });
        if (typeof came === 'number') throw new Error('that is no answer');
        const forgotten = came.none.filter((each) => !uncertain.has(person(each).address));
        const { sent = 0, uncertain: unknown = 0 } = counts;
        result.add(0, 'workers killed', killer.kills, '');
        result.add(0, 'sent and recorded', perSecond(count, ms), 'per s');
        result.add(0, 'got it twice', came.twice, '', NONE);
        result.add(0, 'got none and are not told as uncertain', forgotten.length, '', NONE);
        result.add(0, 'neither sent nor uncertain', count - sent - unknown, '', NONE);
        result.add(0, 'uncertain', unknown, '');
        result.add(0, 'of them have got none', came.none.length, '');
      }
      return result;
    } finally {
      await Promise.all([system.stop(), mails.stop()]);
    }
  },
};
