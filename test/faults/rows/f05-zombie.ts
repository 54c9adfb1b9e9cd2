import { AFTER_A_WORKER_MS } from '../row.js';
import type { Row } from '../row.js';

/** Twice as long as its lease. */
const STOPPED_MS = 8_000;

export const zombieWorker: Row = {
  id: 'F05',
  title: 'A worker is stopped for longer than its lease, and wakes up',
  latestMs: AFTER_A_WORKER_MS,
  async run(field) {
    const { driver, faults, random, stage } = field;
    await driver.setAll(field.spread(400, 3, 18));
    await field.pause(2_000, 5_000);
    const zombie = random.pick(stage.system.workers);
    await faults.sudden(
      `SIGSTOP ${zombie.name}`,
      zombie.process.pid,
      () => zombie.process.signal('SIGSTOP'),
      async () => {
        await field.pause(STOPPED_MS);
        zombie.process.signal('SIGCONT');
        await zombie.ready();
      },
    );
  },
};
