import { AFTER_A_WORKER_MS } from '../row.js';
import type { Row } from '../row.js';
import { withLink } from './cut-link.js';

const CUT_MS = 20_000;

export const cutWorker: Row = {
  id: 'F20',
  title: 'A worker is cut off from the engine for 20 s, over due times',
  latestMs: AFTER_A_WORKER_MS,
  settleMs: 120_000,
  async run(field) {
    const { driver, faults } = field;
    await withLink(field, async (link) => {
      await driver.setAll(field.spread(400, 3, 25));
      await field.pause(1_000, 4_000);
      await faults.lasting(
        'cut link',
        0,
        async () => {
          await link.cut();
          await field.pause(CUT_MS);
        },
        () => link.mend(),
      );
    });
  },
};
