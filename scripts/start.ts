import { resolve } from 'node:path';
import { readEnv } from '#config/env.js';
import { runProcess } from '#observability/process.js';
import { Child } from './child.js';
import { ROOT, SERVER_MAIN, WORKER_MAIN } from './paths.js';
import { ensureFree } from './ports.js';
import { answers, waitUntil } from './wait-until.js';

const LOOPBACK = '127.0.0.0/8,::1/128';
/** Fetching or building the engine included. */
const ENGINE_TIMEOUT_MS = 30 * 60_000;
const APP_TIMEOUT_MS = 60_000;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Everything on one machine, ended in the opposite order. */
await runProcess('timekeeper', async () => {
  const env = readEnv();
  const host = env.HOST === '0.0.0.0' ? 'localhost' : env.HOST;
  const { TEMPORAL_PORT, TEMPORAL_UI_PORT, PORT, WORKER_PORT } = env;
  await ensureFree(env.HOST, { TEMPORAL_PORT, TEMPORAL_UI_PORT, PORT, WORKER_PORT });

  const children: Child[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= stopInOrder(children));
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => void stop().then(() => process.exit(0)));
  const start = (name: string, script: string, extra: Record<string, string> = {}): Child => {
    const child = new Child(name, process.execPath, [script], { env: extra });
    children.push(child);
    void child.exited.then(async (how) => {
      if (stopping) return;
      say(`The ${name} has ended (${how}). Stopping the rest.`);
      await stop();
      process.exit(1);
    });
    return child;
  };

  start('engine', resolve(ROOT, 'dist/scripts/engine.js'));
  await waitUntil('the engine answers', () => answers(`http://${host}:${TEMPORAL_UI_PORT}`), {
    timeoutMs: ENGINE_TIMEOUT_MS,
  });
  const apps = {
    TEMPORAL_ADDRESS: `${host}:${TEMPORAL_PORT}`,
    DELIVERY_ALLOW_CIDRS: [LOOPBACK, ...env.DELIVERY_ALLOW_CIDRS].join(','),
    LOG_LEVEL: env.LOG_LEVEL === 'info' ? 'warn' : env.LOG_LEVEL,
  };
  start('worker', WORKER_MAIN, apps);
  start('server', SERVER_MAIN, apps);
  for (const port of [PORT, WORKER_PORT]) {
    const ready = `http://${host}:${port}/health/ready`;
    await waitUntil(`${ready} is ready`, () => answers(ready), { timeoutMs: APP_TIMEOUT_MS });
  }
  say(screen(`http://${host}:${PORT}`, `http://${host}:${TEMPORAL_UI_PORT}`, resolve(env.DATA_DIR)));
});

async function stopInOrder(children: Child[]): Promise<void> {
  say('\nStopping: server, worker, engine.');
  for (const child of children.toReversed()) await child.stop();
}

function screen(api: string, ui: string, dataDir: string): string {
  return `
Timekeeper is running. Ctrl-C stops it; timers go on at the next start.

  API          ${api}
  Swagger      ${api}/api-docs
  Temporal UI  ${ui}
  Data         ${dataDir}

  Deliveries to this machine's loopback addresses are allowed, because this is the start for one machine.

Try it: listen in another terminal, and set a timer in a third.

  node -e 'require("http").createServer((q,s)=>{console.log(new Date().toISOString(),q.method,q.url);s.end()}).listen(9000)'
  curl -i ${api}/timers -H 'content-type: application/json' -d '{"seconds": 10, "url": "http://localhost:9000/hello/{id}"}'
`;
}
