import { readEnv, searchPath } from '#config/env.js';
import { runProcess } from '#observability/process.js';
import { takeDataDir } from './engine/data-dir.js';
import { startEmbeddedEngine } from './engine/embedded-engine.js';
import { findEngine } from './engine/find-engine.js';
import { LOOPBACK_HOST } from './paths.js';
import { ensureFree } from './ports.js';

const GRACE_MS = 20_000;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** The engine for one machine. On loopback only: neither it nor its UI asks who calls. */
await runProcess('engine', async () => {
  const { TEMPORAL_PORT, TEMPORAL_UI_PORT, DATA_DIR } = readEnv();
  await ensureFree(LOOPBACK_HOST, { TEMPORAL_PORT, TEMPORAL_UI_PORT });
  const binary = await findEngine('temporal', { path: searchPath(), say });
  const dataDir = takeDataDir(DATA_DIR);
  const engine = startEmbeddedEngine({ binary, port: TEMPORAL_PORT, uiPort: TEMPORAL_UI_PORT, dataDir });
  let closing = false;
  void engine.exited.then((how) => {
    if (closing) return;
    process.stderr.write(`The engine has ended (${how}), see engine.log in ${dataDir}\n`);
    process.exit(1);
  });
  say(`Engine on ${LOOPBACK_HOST}:${TEMPORAL_PORT}, UI on ${TEMPORAL_UI_PORT}, data in ${dataDir}`);
  const close = async () => {
    closing = true;
    await engine.stop(GRACE_MS);
  };
  return { close, graceMs: GRACE_MS };
});
