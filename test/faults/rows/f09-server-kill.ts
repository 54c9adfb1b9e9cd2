import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from '../row.js';

const KEYS = 300;
const CLIENTS = 50;
const KILLS = 4;

export const serverKill: Row = {
  id: 'F09',
  title: 'kill -9 of a server while 50 clients POST, who ask again with the same Idempotency-Key',
  async run(field) {
    const { driver, faults, random, stage } = field;
    const timers = Array.from({ length: KEYS }, (_, index) => ({
      ...{ url: field.url(), fireAt: new Date(Date.now() + random.between(8_000, 20_000)) },
      idempotencyKey: `${field.name}-${index}`,
    }));
    let storm = true;
    const posts = driver.setAll(timers, CLIENTS).finally(() => (storm = false));
    for (let kill = 0; kill < KILLS && storm; kill++) {
      await sleep(random.between(100, 600));
      if (!storm) break;
      const server = random.pick(stage.system.servers);
      await faults.orderly(`kill -9 ${server.name}`, server.process.pid, async () => {
        await server.kill();
        server.start();
        await server.ready();
      });
    }
    const statuses = await posts;
    field.expect(
      'every client has its timer in the end',
      statuses.every((status) => status === 201),
    );
  },
};
