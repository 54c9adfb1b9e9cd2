import { AFTER_A_WORKER_MS } from '../row.js';
import type { Row } from '../row.js';

const RESTARTS = 10;

export const rollingRestart: Row = {
  id: 'F06',
  title: 'SIGTERM of each worker in turn, ten times, under load',
  latestMs: AFTER_A_WORKER_MS,
  async run(field) {
    const { driver, faults, stage } = field;
    const { workers } = stage.system;
    await driver.setAll(field.spread(600, 3, 50));
    for (let restart = 0; restart < RESTARTS; restart++) {
      const worker = workers[restart % workers.length] as (typeof workers)[number];
      await faults.orderly(`SIGTERM ${worker.name}`, worker.process.pid, async () => {
        const how = await worker.stop();
        field.expect(`${worker.name} ends by itself (${how})`, how === 'code 0');
        worker.start();
        await worker.ready();
      });
    }
  },
};
