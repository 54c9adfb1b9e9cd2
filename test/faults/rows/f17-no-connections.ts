import { Client } from 'pg';
import { waitUntil } from '../../../scripts/wait-until.js';
import type { Row } from '../row.js';
import { isAway, isBack } from './outage.js';

const HELD_MS = 15_000;

export const noConnections: Row = {
  id: 'F17',
  title: "All of PostgreSQL's connections are taken for 15 s, and the engine's are cut",
  settleMs: 120_000,
  async run(field) {
    const { driver, faults, stage } = field;
    const url = stage.system.postgres.url('postgres');
    await driver.setAll(field.spread(300, 3, 20));
    const held: Client[] = [];
    await faults.lasting(
      'connections exhausted',
      stage.system.postgres.pid,
      async () => {
        await takeAll(url, held);
        // Those that the engine has would last it, so it must lose them; what is free is taken at once.
        await waitUntil('the engine has no connection', async () => {
          const cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname like 'temporal%'";
          const { rowCount } = (await held[0]?.query(cut)) ?? {};
          await takeAll(url, held);
          return rowCount === 0;
        });
      },
      async () => {
        try {
          await isAway(field);
          await field.pause(HELD_MS);
        } finally {
          await Promise.all(held.map((client) => client.end()));
        }
        await isBack(field);
      },
    );
    field.notes.push(`${held.length} connections were held`);
  },
};

/** Many at a time, until one is refused. */
async function takeAll(url: string, held: Client[]): Promise<void> {
  for (let refused = false; !refused;) {
    const taken = await Promise.allSettled(Array.from({ length: 40 }, () => take(url)));
    for (const one of taken) if (one.status === 'fulfilled') held.push(one.value);
    refused = taken.some(({ status }) => status === 'rejected');
  }
}

async function take(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
