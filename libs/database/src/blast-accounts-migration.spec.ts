import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PGlite } from '@electric-sql/pglite';

const FOLDER = join(import.meta.dirname, '../migrations');
const [FREE, LIMITED, ENDED] = [1, 2, 3].map((n) => `00000000-0000-8000-8000-00000000000${n}`);

describe('blasts from before it was known who was charged for them, and who may have got them', () => {
  let postgres: PGlite;

  beforeAll(async () => {
    postgres = await PGlite.create();
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.sql'));
    for (const file of files.sort().filter((name) => name < '0011')) {
      if (file.startsWith('0010')) await fill();
      await postgres.exec(readFileSync(join(FOLDER, file), 'utf8'));
    }
  }, 60_000);
  afterAll(() => postgres.close());

  const fill = async () => {
    await postgres.exec(
      `INSERT INTO tenants (id, name, message_credit) VALUES ('free', '', NULL), ('limited', '', 5)`,
    );
    for (const [id, tenant, status] of [
      [FREE, 'free', 'running'],
      [LIMITED, 'limited', 'running'],
      [ENDED, 'limited', 'canceled'],
    ]) {
      await postgres.query(
        `INSERT INTO blasts (id, tenant, name, channel, content, times, retry, parallelism, on_uncertain, status, credit)
         VALUES ($1, $2, '', 'webhook', '{}', '{}', '{}', 32, 'resend', $3, 7)`,
        [id, tenant, status],
      );
      await postgres.query(
        `INSERT INTO blast_recipients (blast, data, status, reason) VALUES ($1, '{}', 'pending', 'lost'),
           ($1, '{}', 'pending', 'connect'), ($1, '{}', 'canceled', 'lost'), ($1, '{}', 'pending', 'timeout'),
           ($1, '{}', 'pending', 'reset: the connection was lost'), ($1, '{}', 'pending', 'resetting is under way')`,
        [id],
      );
    }
  };

  it('give nothing to who has no limit, and all that they hold to who has one', async () => {
    const { rows } = await postgres.query('SELECT id, uncharged, last_charged FROM blasts ORDER BY id');
    expect(rows).toEqual([
      { id: FREE, uncharged: 7, last_charged: false },
      { id: LIMITED, uncharged: 0, last_charged: true },
      { id: ENDED, uncharged: 0, last_charged: true },
    ]);
  });

  it('know of whom they go on to send to who may have got it', async () => {
    const { rows } = await postgres.query(
      'SELECT blast, status, doubt FROM blast_recipients WHERE doubt IS NOT NULL ORDER BY seq',
    );
    const doubts = ['lost', 'timeout', 'reset: the connection was lost'];
    expect(rows).toEqual(
      [FREE, LIMITED].flatMap((blast) => doubts.map((doubt) => ({ blast, status: 'pending', doubt }))),
    );
  });
});
