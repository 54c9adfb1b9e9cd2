import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../../scripts/paths.js';
import type { App } from '../../support/app.js';
import type { Field, Row } from '../row.js';

const JUMPING_CLOCK = pathToFileURL(join(ROOT, 'test/support/jumping-clock.mjs')).href;
const TEN_MINUTES_MS = 600_000;
const OFF_MS = 8_000;

export const clocks: Row = {
  id: 'F28',
  title: 'The clocks of a worker and of a server jump by 10 minutes, on and back, while timers are held',
  settleMs: 120_000,
  async run(field) {
    const { driver, faults, random, stage } = field;
    const file = join(stage.folder, `${field.name}-clock`);
    const [worker, server] = [random.pick(stage.system.workers), random.pick(stage.system.servers)];
    for (const [app, label] of [
      [worker, 'worker'],
      [server, 'server'],
    ] as const)
      await restart(app, `${file}-${label}`);
    for (const label of ['worker', 'server']) {
      for (const offsetMs of [TEN_MINUTES_MS, -TEN_MINUTES_MS]) {
        await driver.setAll(fixedTimes(field));
        await field.pause(1_000, 3_000);
        await faults.orderly(`clock of the ${label} jumps by ${offsetMs} ms`, 0, async () => {
          writeFileSync(`${file}-${label}`, String(offsetMs));
          // Set while the clock is off. A server that is ahead takes what is past by its clock for now by its clock,
          // and that is documented: so nothing is set on it then.
          if (label === 'worker' || offsetMs < 0) await driver.setAll(field.spread(60, 3, 8, ''));
          await field.pause(OFF_MS);
          writeFileSync(`${file}-${label}`, '0');
          // The process looks at its file 20 times a second.
          await field.pause(1_000);
        });
      }
    }
    for (const app of [worker, server]) {
      await app.stop();
      app.start();
      await app.ready();
    }
  },
};

function fixedTimes(field: Field) {
  return field.spread(100, 3, 12, '');
}

async function restart(app: App, clockFile: string): Promise<void> {
  writeFileSync(clockFile, '0');
  await app.stop();
  app.start({ NODE_OPTIONS: `--import ${JUMPING_CLOCK}`, CLOCK_OFFSET_FILE: clockFile });
  await app.ready();
}
