import { join, resolve } from 'node:path';
import { readAccounts } from '#config/accounts.js';
import { externalEngine, readEnv } from '#config/env.js';
import type { Env } from '#config/env.js';
import { VARIABLES } from '#config/variables.js';
import { runProcess } from '#observability/process.js';
import { LOOPBACK_HOST, ROOT, SERVER_MAIN, WORKER_MAIN, WORKER_THREADS } from './paths.js';
import { ensureFree } from './ports.js';
import { secretsKeyIn } from './secrets-key.js';
import { Supervisor } from './supervisor.js';
import { Postgres, PostgresFailed } from './topology/postgres.js';
import { answers, waitUntil } from './wait-until.js';

const LOOPBACK_CIDRS = '127.0.0.0/8,::1/128';
/** Fetching or building the engine included. */
const ENGINE_TIMEOUT_MS = 30 * 60_000;
const APP_TIMEOUT_MS = 60_000;

const WAYS_OUT =
  'mend it, set DATABASE_URL, or move the folder "database" out of DATA_DIR to do without them';

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Everything on one machine; with TEMPORAL_ADDRESS set, everything but the engine; with DATABASE_URL, but PostgreSQL. */
await runProcess('timekeeper', async () => {
  const env = readEnv();
  const { TEMPORAL_PORT, TEMPORAL_UI_PORT, DATABASE_PORT, PORT, WORKER_PORT } = env;
  const { METRICS_PORT, WORKER_METRICS_PORT, MAILBOX_SMTP_PORT, MAILBOX_PORT } = env;
  const elsewhere = externalEngine();
  await ensureFree(env.HOST, { PORT, WORKER_PORT, METRICS_PORT, WORKER_METRICS_PORT });
  if (!elsewhere) await ensureFree(LOOPBACK_HOST, { TEMPORAL_PORT, TEMPORAL_UI_PORT });
  if (env.DATABASE_URL) readAccounts(env);
  else await ensureFree(LOOPBACK_HOST, { DATABASE_PORT });
  if (!env.SMTP_URL) await ensureFree(LOOPBACK_HOST, { MAILBOX_SMTP_PORT, MAILBOX_PORT });

  const graceMs = env.SHUTDOWN_GRACE_SECONDS * 1000 + 10_000;
  const parts = new Supervisor(say, graceMs);
  const running = { close: () => parts.stop(), graceMs: 3 * graceMs };
  // What is pressed while the engine is still built counts as well.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void parts.stop().then(() => process.exit(0)));
  }
  if (elsewhere) say(`TEMPORAL_ADDRESS is set: using the engine at ${elsewhere}, starting none.`);
  const ui = `http://${LOOPBACK_HOST}:${TEMPORAL_UI_PORT}`;
  if (!elsewhere) parts.startNode('engine', resolve(ROOT, 'dist/scripts/engine.js'));
  const database = env.DATABASE_URL ? {} : await startDatabase(env, parts);
  const mailbox = `http://${LOOPBACK_HOST}:${MAILBOX_PORT}`;
  if (!env.SMTP_URL) parts.startNode('mailbox', resolve(ROOT, 'dist/scripts/mailbox.js'));
  if (!elsewhere) await waitUntil('the engine answers', () => answers(ui), { timeoutMs: ENGINE_TIMEOUT_MS });
  const host = urlHost(env.HOST);
  const apps = {
    ...database,
    ...(env.SMTP_URL ? {} : { SMTP_URL: `smtp://${LOOPBACK_HOST}:${MAILBOX_SMTP_PORT}` }),
    ...(env.PUBLIC_URL === VARIABLES.PUBLIC_URL.fallback && { PUBLIC_URL: `http://${host}:${PORT}` }),
    // A profile in the user's configuration file is for other engines than ours.
    ...(elsewhere
      ? {}
      : { TEMPORAL_ADDRESS: `${LOOPBACK_HOST}:${TEMPORAL_PORT}`, TEMPORAL_CONFIG_FILE: 'none' }),
    DELIVERY_ALLOW_CIDRS: [LOOPBACK_CIDRS, ...env.DELIVERY_ALLOW_CIDRS].join(','),
    LOG_LEVEL: env.LOG_LEVEL === 'info' ? 'warn' : env.LOG_LEVEL,
  };
  parts.startNode('worker', WORKER_MAIN, { env: { ...apps, ...WORKER_THREADS } });
  parts.startNode('server', SERVER_MAIN, { env: apps });
  for (const port of [PORT, WORKER_PORT]) {
    const ready = `http://${host}:${port}/health/ready`;
    await waitUntil(`${ready} is ready`, () => answers(ready), { timeoutMs: APP_TIMEOUT_MS });
  }
  if (!env.SMTP_URL) await waitUntil('the mailbox answers', () => answers(mailbox));
  const engine = elsewhere
    ? `  Engine       ${elsewhere}`
    : `  Temporal UI  ${ui}\n  Data         ${resolve(env.DATA_DIR)}`;
  const mail = env.SMTP_URL ? '  Mail         goes out by SMTP_URL' : `  Mailbox      ${mailbox}`;
  say(screen(`http://${host}:${PORT}`, `${engine}\n${mail}`));
  return running;
});

/** What server and worker are told of a PostgreSQL of our own for tenants and keys. */
async function startDatabase(env: Env, parts: Supervisor): Promise<Record<string, string>> {
  const dataDir = resolve(env.DATA_DIR);
  const postgres = new Postgres({
    ...{ dataDir: join(dataDir, 'database'), port: env.DATABASE_PORT },
    ...{ user: 'timekeeper', password: env.POSTGRES_PASSWORD },
  });
  const { hasData } = postgres;
  try {
    parts.watch(await postgres.start());
  } catch (error) {
    // Timers need none. As root, for one, PostgreSQL runs as another user, who must be able to enter the checkout. But
    // what should be signed by secrets that are in there must not go out without.
    if (env.API_KEYS === 'on') throw error;
    const { message } = error as Error;
    if (hasData) throw new PostgresFailed(`${message}. Secrets and flows may be kept there: ${WAYS_OUT}`);
    say(`There will be no tenants, API keys, signatures and flows: ${message}`);
    return {};
  }
  const given = env.SECRETS_KEY.map((key) => Buffer.from(key).toString('base64')).join(',');
  const secretsKey = given || secretsKeyIn(dataDir);
  return { DATABASE_URL: postgres.url('timekeeper'), SECRETS_KEY: secretsKey };
}

/** How a host is written in a url, and what reaches one that stands for all addresses. */
function urlHost(host: string): string {
  if (['0.0.0.0', '::'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function screen(api: string, beside: string): string {
  return `
Timekeeper is running. Ctrl-C stops it; timers go on at the next start.

  API          ${api}
  Swagger      ${api}/api-docs
${beside}

  Deliveries to this machine's loopback addresses are allowed, because this is the start for one machine.

Try it: listen in another terminal, and set a timer in a third.

  node -e 'require("http").createServer((q,s)=>{console.log(new Date().toISOString(),q.method,q.url);s.end()}).listen(9000)'
  curl -i ${api}/timers -H 'content-type: application/json' -d '{"seconds": 10, "url": "http://localhost:9000/hello/{id}"}'
`;
}
