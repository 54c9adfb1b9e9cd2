import { existsSync, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { Child } from '../../../scripts/child.js';
import { freePort } from '../../../scripts/ports.js';
import { waitUntil } from '../../../scripts/wait-until.js';
import type { Peer } from '../peer.js';

const REDIS = 'redis-server';

/** With a Redis of its own that keeps what it is told, flushed every second: what its docs recommend. */
export const bullmq: Peer = {
  name: 'bullmq',
  title: 'BullMQ',
  missing: () => (redisPath() ? undefined : `no ${REDIS} on the PATH`),
  async start({ folder }) {
    const dir = join(folder, 'redis');
    mkdirSync(dir, { recursive: true });
    const port = await freePort();
    const settings = {
      ...{ port: String(port), bind: '127.0.0.1', dir, save: '' },
      ...{ appendonly: 'yes', appendfsync: 'everysec', 'maxmemory-policy': 'noeviction' },
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const redis = new Child('redis', redisPath() ?? REDIS, args, { logFile: join(dir, 'redis.log') });
    await waitUntil('Redis listens', () => isListening(port));
    return {
      args: [String(port)],
      processes: { redis: redis.pid },
      stop: () => redis.stop().then(() => undefined),
    };
  },
};

function redisPath(): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, REDIS))
    .find((path) => existsSync(path));
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
