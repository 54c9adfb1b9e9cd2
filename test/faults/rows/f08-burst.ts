import type { Row } from '../row.js';

const TIMERS = 10_000;
const BATCH = 500;

export const burst: Row = {
  id: 'F08',
  title: '10,000 timers due at the same millisecond',
  settleMs: 180_000,
  async run(field) {
    const timers = field.at(TIMERS, new Date(Date.now() + 40_000));
    for (let from = 0; from < TIMERS; from += BATCH) {
      const statuses = await field.driver.setBatch(timers.slice(from, from + BATCH));
      field.expect(
        'a batch is accepted',
        statuses.every((status) => status === 201),
      );
    }
  },
  after({ latenessMs: { p50, p99, max } }, field) {
    field.notes.push(`lateness p50 ${p50} ms, p99 ${p99} ms, at most ${max} ms`);
  },
};
