import { createTransport } from 'nodemailer';
import pg from 'pg';
import { Agent } from 'undici';
import { answerQuestions } from '../forked.js';

export interface LoopQuestion {
  databaseUrl: string;
  /** `smtp://…` or `http://…`. */
  target: string;
  count: number;
  concurrency: number;
  connections: number;
}

/** What a loop of one's own does: the same sender, and one row brought up to date for each message. Ms that it took. */
async function run({ databaseUrl, target, count, concurrency, connections }: LoopQuestion): Promise<number> {
  const database = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  await database.query(`DROP TABLE IF EXISTS bare_recipients`);
  await database.query(`
    CREATE TABLE bare_recipients AS SELECT number AS id, 'person-' || number || '@example.com' AS address,
      'pending' AS status, NULL::timestamptz AS ended_at FROM generate_series(1, ${count}) AS number`);
  await database.query('ALTER TABLE bare_recipients ADD PRIMARY KEY (id)');
  const send = senderTo(target, connections);
  const startedMs = performance.now();
  let next = 1;
  const loop = async () => {
    for (let id = next++; id <= count; id = next++) {
      await send.to(id);
      await database.query(`UPDATE bare_recipients SET status = 'sent', ended_at = now() WHERE id = $1`, [
        id,
      ]);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  const elapsedMs = performance.now() - startedMs;
  await send.close();
  await database.query('DROP TABLE bare_recipients');
  await database.end();
  return elapsedMs;
}

function senderTo(target: string, connections: number) {
  if (target.startsWith('smtp:')) {
    const transport = createTransport({ url: target, pool: true, maxConnections: connections });
    const mail = (id: number) => ({
      ...{ from: 'bench@example.com', to: `person-${id}@example.com` },
      ...{ subject: `News for person ${id}`, text: `Hello person ${id}, spring is here.` },
    });
    const to = async (id: number) => void (await transport.sendMail(mail(id)));
    return { to, close: () => Promise.resolve(transport.close()) };
  }
  const agent = new Agent({ pipelining: 1 });
  const to = async (id: number) => {
    const { origin, pathname } = new URL(target);
    const path = `${pathname}/${id}`;
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ name: `person ${id}` });
    const answer = await agent.request({ origin, path, method: 'POST', headers, body });
    await answer.body.dump();
  };
  return { to, close: () => agent.close() };
}

answerQuestions<LoopQuestion, number>((question) => run(question));
