import { setTimeout as sleep } from 'node:timers/promises';
import type { Field, Row } from '../row.js';
import { isAway, isBack } from './outage.js';

export const engineKill: Row = {
  id: 'F11',
  title: 'kill -9 of the engine, started again after 5 s',
  settleMs: 90_000,
  async run(field) {
    await field.driver.setAll(field.spread(300, 3, 20));
    const posts = field.driver.setAll(field.spread(300, 12, 20), 8);
    await killEngine(field, 5_000);
    await posts;
  },
};

export const engineCrashLoop: Row = {
  id: 'F12',
  title: 'kill -9 of the engine six times, every 10 s',
  settleMs: 120_000,
  async run(field) {
    await field.driver.setAll(field.spread(600, 3, 60));
    for (let kill = 0; kill < 6; kill++) {
      await killEngine(field, 1_000);
      await field.pause(3_000, 6_000);
    }
  },
};

async function killEngine(field: Field, restartAfterMs: number): Promise<void> {
  const { stage, faults } = field;
  const { engine } = stage.system;
  await field.pause(500, 2_500);
  await faults.lasting(
    'kill -9 engine',
    0,
    () => engine.signal('SIGKILL'),
    async () => {
      const restarted = sleep(restartAfterMs).then(() => engine.start());
      await isAway(field);
      await restarted;
      await isBack(field);
    },
  );
}
