import type { Row } from '../row.js';
import { isBack } from './outage.js';
import { childrenOf } from '../processes.js';

export const backendKill: Row = {
  id: 'F16',
  title: "kill -9 of one of PostgreSQL's sessions, three times: PostgreSQL then resets all",
  settleMs: 120_000,
  async run(field) {
    const { driver, faults, random, stage } = field;
    await driver.setAll(field.spread(400, 3, 20));
    for (let kill = 0; kill < 3; kill++) {
      await field.pause(1_000, 3_000);
      const sessions = childrenOf(stage.system.postgres.pid).filter(({ command }) =>
        command.includes('temporal temporal'),
      );
      const { pid } = random.pick(sessions);
      await faults.lasting(
        'kill -9 of a session',
        pid,
        () => process.kill(pid, 'SIGKILL'),
        () => isBack(field),
      );
    }
  },
};
