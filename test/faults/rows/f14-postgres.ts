import type { Field, Row } from '../row.js';
import { isAway, isBack } from './outage.js';

export const postgresRestart: Row = {
  id: 'F14',
  title: 'PostgreSQL: immediate restart',
  short: true,
  settleMs: 120_000,
  run: (field) => endPostgres(field, 'SIGQUIT', 0, 0),
};

export const postgresKill: Row = {
  id: 'F15',
  title: 'PostgreSQL: kill -9 of the postmaster, started again after 5 to 20 s',
  settleMs: 120_000,
  run: (field) => endPostgres(field, 'SIGKILL', 5_000, 20_000),
};

async function endPostgres(
  field: Field,
  signal: NodeJS.Signals,
  fromMs: number,
  toMs: number,
): Promise<void> {
  const { driver, faults, stage } = field;
  const { postgres } = stage.system;
  await driver.setAll(field.spread(300, 3, 20));
  const posts = driver.setAll(field.spread(300, 12, 20), 8);
  await field.pause(500, 2_500);
  await faults.lasting(
    `${signal} postmaster`,
    postgres.pid,
    () => postgres.kill(signal),
    async () => {
      if (toMs > 0) {
        await field.pause(fromMs, toMs);
        await isAway(field);
      }
      await postgres.start();
      await isBack(field);
    },
  );
  await posts;
}
