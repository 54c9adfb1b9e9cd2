import { System } from '../../test/support/system.js';
import type { LoopQuestion } from '../blasts/bare-loop.js';
import type { MailAnswer, MailQuestion } from '../blasts/mail-receiver.js';
import { MeasuredBlast } from '../blasts/measured-blast.js';
import type { Memory } from '../blasts/measured-blast.js';
import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import { Forked } from '../forked.js';
import type { ReceiverAnswer, ReceiverQuestion } from '../receiver.js';
import { formatNumber } from '../statistics.js';

const CONCURRENCY = 32;
const CONNECTIONS = 16;

export const MAIL = {
  channel: 'email',
  email: { subject: 'News for {{ name }}', text: 'Hello {{ name }}, spring is here.', unsubscribe: false },
};
const WEBHOOK = { channel: 'webhook', webhook: {} };

export const person = (index: number) => ({
  address: `person-${index}@example.com`,
  data: { name: `person ${index}` },
});

/** One message to many recipients, beside a loop with the same sender and one UPDATE for each. */
export const blasts: Figure = {
  name: 'blasts',
  async measure({ rounds, blasts: count }, say) {
    const title = `Blasts: ${formatNumber(count)} recipients, ${CONCURRENCY} at a time`;
    const result = new Result('blasts', title, ['Timekeeper', 'bare loop'], say);
    const mails = await startMailReceiver();
    const requests = await fork<ReceiverQuestion, ReceiverAnswer>('../receiver.js');
    const loop = await fork<LoopQuestion, number>('../blasts/bare-loop.js');
    const smtpUrl = `smtp://127.0.0.1:${(await mails.ask({ ask: 'port' })) as number}`;
    const httpUrl = `http://127.0.0.1:${(await requests.ask({ ask: 'port' })) as number}`;
    const system = await startForMail(smtpUrl);
    const bare = (target: string) =>
      loop.ask({
        ...{ databaseUrl: system.database?.url('timekeeper') ?? '', target },
        ...{ count, concurrency: CONCURRENCY, connections: CONNECTIONS },
      });
    try {
      for (let round = 0; round < rounds; round++) {
        await measure('mail', MAIL, person);
        result.add(1, 'mail, sent and recorded', perSecond(count, await bare(smtpUrl)), 'per s');
        await measure('webhook', WEBHOOK, (index) => {
          return { url: `${httpUrl}/ours-${round}/${index}`, data: { name: `person ${index}` } };
        });
        const elapsedMs = await bare(`${httpUrl}/bare-${round}`);
        result.add(1, 'webhook, sent and recorded', perSecond(count, elapsedMs), 'per s');
      }
      return result;
    } finally {
      await Promise.all([system.stop(), mails.stop(), requests.stop(), loop.stop()]);
    }

    async function measure(what: string, body: object, recipient: (index: number) => object): Promise<void> {
      const blast = await MeasuredBlast.create(system, { parallelism: CONCURRENCY, ...body });
      const upload = await blast.upload(count, recipient);
      await blast.start();
      const { ms, counts, memory } = await blast.finished(count);
      if (counts.sent !== count) throw new Error(`not all were sent: ${JSON.stringify(counts)}`);
      const goal = { of: 'ratio', atLeast: 0.5 } as const;
      result.add(0, `${what}, sent and recorded`, perSecond(count, ms), 'per s', goal);
      result.add(0, `${what}, recipients uploaded`, perSecond(count, upload.ms), 'per s');
      addMemory(result, `${what}, memory of the worker`, 'a quarter', memory);
    }
  },
};

export function fork<Question, Answer>(script: string): Promise<Forked<Question, Answer>> {
  return Forked.start<Question, Answer>(new URL(script, import.meta.url));
}

export function startMailReceiver(): Promise<Forked<MailQuestion, MailAnswer>> {
  return fork<MailQuestion, MailAnswer>('../blasts/mail-receiver.js');
}

export function startForMail(smtpUrl: string, workers = 1): Promise<System> {
  return System.start({
    ...{ topology: 'postgres', database: true, workers },
    env: { LOG_LEVEL: 'warn', SMTP_URL: smtpUrl, SMTP_CONNECTIONS: String(CONNECTIONS) },
  });
}

export function addMemory(result: Result, name: string, part: string, { early, most }: Memory): void {
  result.add(0, `${name} after ${part}`, early / 2 ** 20, 'MiB');
  result.add(0, `${name}, the most after that`, most / 2 ** 20, 'MiB');
}

export function perSecond(count: number, ms: number): number {
  return (count * 1_000) / ms;
}
