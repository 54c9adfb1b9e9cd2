import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { BLAST_WORKFLOW } from '#contracts/blast.js';
import type { BlastContent, BlastRetry, BlastTimes } from '#contracts/blast.js';
import { blastOptions } from '#contracts/blast-options.js';
import { storeRecipients } from '#database/blast-listing.js';
import { Blasts } from '#database/blasts.js';
import type { RecipientCounts } from '#database/blasts.js';
import type { Database } from '#database/database.js';

const TIMES: BlastTimes = { timezone: 'Etc/UTC' };
const RETRY: BlastRetry = { maxAttempts: 4, delayMs: 30_000 };

/** A mailing: rows in Timekeeper's database, and a workflow that is told to look at them. Resolves with its id. */
export async function sendToAll(
  { client, database }: { client: Client; database: Database },
  tenant: string,
  { subject, text }: { subject: string; text: string },
  people: { address: string; name: string }[],
): Promise<string> {
  const blasts = new Blasts(database);
  const id = randomUUID();
  const content: BlastContent = { email: { subject, text, unsubscribe: false } };
  await blasts.create({
    ...{ id, tenant, name: subject, channel: 'email', content, times: TIMES, retry: RETRY },
    ...{ parallelism: 32, onUncertain: 'hold', status: 'draft' },
  });
  const recipients = people.map(({ address, name }) => {
    return { address, dedupeKey: address.toLowerCase(), data: { name }, timezone: null };
  });
  await storeRecipients(database.orm, id, recipients);
  await blasts.move(tenant, id, { from: ['draft'], set: { status: 'scheduled' }, newRun: true });
  await client.workflow.signalWithStart(BLAST_WORKFLOW, blastOptions({ tenant, id }));
  return id;
}

/** How many recipients have which status, once it has ended. */
export async function outcomeOf(database: Database, tenant: string, id: string): Promise<RecipientCounts> {
  const blasts = new Blasts(database);
  for (;;) {
    const blast = await blasts.find(tenant, id);
    if (!blast) throw new Error(`there is no blast ${id}`);
    if (blast.endedAt) return blasts.counts(id);
    await sleep(200);
  }
}
