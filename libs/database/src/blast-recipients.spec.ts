import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { BlastRecipients } from './blast-recipients.js';
import type { Database } from './database.js';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));
const COUNT = 20_000;
const PAGE = { after: 0, limit: 100 };
/** As long as a url may be, and in letters that can not be made shorter: all of it does not fit into an index. */
const longUrl = (end: string) => {
  const letters = Array.from({ length: 2_000 }, (_, index) => 0x4e00 + ((index * 7_919) % 20_000));
  return `https://example.com/${String.fromCodePoint(...letters)}${end}`;
};

describe('the recipients of a blast', () => {
  const [id, other] = [randomUUID(), randomUUID()];
  const asked: { query: string; params: unknown[] }[] = [];
  let postgres: PGlite;
  let recipients: BlastRecipients;

  const addressesOf = async (address: string) =>
    (await recipients.page(id, { ...PAGE, address })).map((recipient) => recipient.address);

  beforeAll(async () => {
    postgres = await PGlite.create();
    const logger = { logQuery: (query: string, params: unknown[]) => void asked.push({ query, params }) };
    const orm = drizzle({ client: postgres, logger });
    await migrate(orm, { migrationsFolder: MIGRATIONS });
    recipients = new BlastRecipients({ orm } as unknown as Database);
    for (const blast of [id, other]) {
      await postgres.query(
        `INSERT INTO blasts (id, tenant, name, channel, content, times, retry, parallelism, on_uncertain, status)
         VALUES ($1, 'default', 'test', 'email', '{}', '{}', '{}', 32, 'hold', 'draft')`,
        [blast],
      );
      await postgres.query(
        `INSERT INTO blast_recipients (blast, address, data)
         SELECT $1, 'Person-' || n || '@example.com', '{}' FROM generate_series(1, ${COUNT}) n`,
        [blast],
      );
    }
    const long = [longUrl('1'), longUrl('2')];
    await postgres.query(
      `INSERT INTO blast_recipients (blast, address, data) SELECT $1, unnest($2::text[]), '{}'`,
      [id, long],
    );
  }, 60_000);
  afterAll(() => postgres.close());

  it('are found by their address, however it is written, and by the whole of it', async () => {
    expect(await addressesOf('person-77@EXAMPLE.com')).toEqual(['Person-77@example.com']);
    expect(await addressesOf(longUrl('2'))).toEqual([longUrl('2')]);
    expect(await addressesOf('person-77')).toEqual([]);
  });

  it.each(['of a blast of which PostgreSQL knows nothing yet', 'once it has looked at them'])(
    'are not all gone through for that: %s',
    async (when) => {
      if (when.startsWith('once')) await postgres.exec('ANALYZE blast_recipients');
      await addressesOf('person-77@example.com');
      const { query = '', params } = asked.at(-1) ?? {};
      const { rows } = await postgres.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${query}`, params);
      expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('blast_recipients_by_address');
    },
  );
});
