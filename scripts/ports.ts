import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** A port that we need is taken. */
export class PortInUse extends Error {}

/** Throws `PortInUse` if any of the ports, by the name of the variable that sets it, cannot be listened on. */
export async function ensureFree(host: string, ports: Record<string, number>): Promise<void> {
  for (const [variable, port] of Object.entries(ports)) {
    const code = await listenError(host, port);
    if (!code) continue;
    throw new PortInUse(
      code === 'EADDRINUSE'
        ? `Port ${port} on ${host} is in use by another process. Free it, or set ${variable} to another port.`
        : `Port ${port} on ${host} cannot be listened on (${code}). Check HOST and ${variable}.`,
    );
  }
}

/** Below 32768, because the engine keeps its ports in PostgreSQL as 16 bits with a sign. */
const [FIRST_PORT, LAST_PORT] = [20_000, 32_767];
/** Processes that look for ports at the same time look in other places. */
const STRIPES = 16;
const given = new Set<number>();

/** A port that is free now, and that was not given out here before: nobody may listen on that one yet. */
export async function freePort(): Promise<number> {
  const each = Math.floor((LAST_PORT - FIRST_PORT + 1) / STRIPES);
  for (;;) {
    // What was given out long ago is in use, or free again.
    if (given.size > each / 2) given.clear();
    const port = FIRST_PORT + (process.pid % STRIPES) * each + randomInt(each);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree('127.0.0.1', port)) return port;
  }
}

/** Whether nobody listens on the port. */
export async function isFree(host: string, port: number): Promise<boolean> {
  return !(await listenError(host, port));
}

async function listenError(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
