import type { Row } from '../row.js';
import { withLink } from './cut-link.js';

export const slowLink: Row = {
  id: 'F19',
  title: 'The link of a worker is slow: 200 ± 100 ms each way, then 32 kB/s',
  settleMs: 120_000,
  async run(field) {
    const { driver, faults } = field;
    await withLink(field, async (link) => {
      await driver.setAll(field.spread(300, 3, 25));
      for (const [what, harm] of [
        ['slow link', () => link.delay(200, 100)],
        ['narrow link', () => link.narrow(32)],
      ] as const) {
        await faults.lasting(
          what,
          0,
          async () => {
            await harm();
            await field.pause(10_000);
          },
          () => link.mend(),
        );
      }
    });
  },
};
