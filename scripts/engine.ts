import { resolve } from 'node:path';
import { readEnv, searchPath } from '#config/env.js';
import { runProcess } from '#observability/process.js';
import { startEmbeddedEngine } from './engine/embedded-engine.js';
import { findEngine } from './engine/find-engine.js';
import { ensureFree } from './ports.js';

const say = (line: string) => process.stdout.write(`${line}\n`);

await runProcess('engine', async () => {
  const env = readEnv();
  await ensureFree(env.HOST, { TEMPORAL_PORT: env.TEMPORAL_PORT, TEMPORAL_UI_PORT: env.TEMPORAL_UI_PORT });
  const binary = await findEngine('temporal', { path: searchPath(), say });
  const engine = startEmbeddedEngine({
    binary,
    host: env.HOST,
    port: env.TEMPORAL_PORT,
    uiPort: env.TEMPORAL_UI_PORT,
    dataDir: env.DATA_DIR,
  });
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stopping = true;
      engine.signal('SIGTERM');
    });
  }
  say(
    `Engine on ${env.HOST}:${env.TEMPORAL_PORT}, UI on ${env.TEMPORAL_UI_PORT}, data in ${resolve(env.DATA_DIR)}`,
  );
  const how = await engine.exited;
  if (!stopping) throw new Error(`the engine has ended (${how}), see engine.log in ${resolve(env.DATA_DIR)}`);
  process.exit(0);
});
