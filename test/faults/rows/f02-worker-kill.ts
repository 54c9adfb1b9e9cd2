import { AFTER_A_WORKER_MS } from '../row.js';
import type { Row } from '../row.js';

const KILLS = 3;

export const workerKill: Row = {
  id: 'F02',
  title: 'kill -9 of a worker, three times, started again after 2 s',
  latestMs: AFTER_A_WORKER_MS,
  short: true,
  async run(field) {
    const { driver, faults, random, stage } = field;
    await driver.setAll(field.spread(450, 3, 25));
    for (let kill = 0; kill < KILLS; kill++) {
      await field.pause(2_000, 4_500);
      await faults.kill(random.pick(stage.system.workers), 2_000);
    }
  },
};
