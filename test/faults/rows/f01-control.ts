import type { Row } from '../row.js';

export const control: Row = {
  id: 'F01',
  title: 'No fault',
  latestMs: 2_000,
  async run(field) {
    const statuses = await field.driver.setAll(field.spread(500, 3, 23));
    field.expect(
      'every POST is answered with 201',
      statuses.every((status) => status === 201),
    );
  },
};
