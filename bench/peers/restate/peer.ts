import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { Child } from '../../../scripts/child.js';
import { freePort } from '../../../scripts/ports.js';
import { answers, waitUntil } from '../../../scripts/wait-until.js';
import { PEERS_FOLDER } from '../installed.js';
import type { Peer } from '../peer.js';

const ARCHITECTURE = `${process.platform}-${process.arch}`;

/** One node with the settings that it has by default, which keep everything on disk. */
export const restate: Peer = {
  name: 'restate',
  title: 'Restate',
  missing: () => undefined,
  async start({ folder }) {
    const dir = join(folder, 'restate');
    mkdirSync(dir, { recursive: true });
    const [ingress, admin, node, service] = await Promise.all(Array.from({ length: 4 }, freePort));
    const binary = `node_modules/@restatedev/restate-server-${ARCHITECTURE}/bin/restate-server`;
    const server = new Child('restate', join(PEERS_FOLDER, binary), ['--base-dir', dir], {
      logFile: join(dir, 'restate.log'),
      env: {
        ...{ RESTATE_LISTEN_MODE: 'tcp', RESTATE_BIND_ADDRESS: `127.0.0.1:${node}` },
        RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
        RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
        ...{ RESTATE_DISABLE_TELEMETRY: 'true', RESTATE_LOG_FILTER: 'warn' },
      },
    });
    await waitUntil('Restate is up', () => answers(`http://127.0.0.1:${admin}/health`));
    return {
      args: [String(ingress), String(service)],
      // A line for each call would be measured too.
      env: { RESTATE_LOGGING: 'ERROR' },
      processes: { restate: server.pid },
      whenWorkerIsUp: () => register(`http://127.0.0.1:${admin}`, `http://127.0.0.1:${service}`),
      stop: () => server.stop().then(() => undefined),
    };
  },
};

async function register(admin: string, uri: string): Promise<void> {
  const { statusCode, body } = await request(`${admin}/deployments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri }),
  });
  const answer = await body.text();
  if (statusCode >= 300) throw new Error(`Restate answered ${statusCode} to a deployment: ${answer}`);
}
