import type { Row } from '../row.js';
import type { TimerBody } from '../../support/system.js';

const KEYS = 100;
const PARALLEL = 30;

export const keyStorm: Row = {
  id: 'F32',
  title: '100 idempotency keys, each in 30 POSTs at a time, half of them with another body',
  async run(field) {
    const { driver } = field;
    const counts: Record<number, number> = {};
    for (let key = 0; key < KEYS; key++) {
      // Two requests that differ; whichever comes first is the one that the key stands for.
      const rivals = [0, 1].map(() => driver.invoke({ url: field.url(), seconds: 3 }));
      const headers = { 'idempotency-key': `${field.name}-${key}` };
      const answers = await Promise.all(
        Array.from({ length: PARALLEL }, async (_, index) => {
          const rival = rivals[index % 2] as (typeof rivals)[number];
          return { rival, ...(await driver.ask('POST', '/timers', rival.request, headers)) };
        }),
      );
      for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
      const made = answers.filter(({ status }) => status === 201);
      const winners = new Set(made.map(({ rival }) => rival.key));
      const ids = new Set(made.map(({ answer }) => (answer as TimerBody).id));
      field.expect(`key ${key} stands for one timer (${ids.size} ids)`, ids.size === 1 && winners.size === 1);
      // 409 while the first is still being answered.
      const decided = answers.every(({ rival, status }) =>
        (winners.has(rival.key) ? [201, 409] : [409, 422]).includes(status),
      );
      field.expect(`key ${key}: the same body gets 201 or 409, another one 422 or 409`, decided);
      for (const { key: path } of rivals) {
        const first = made.find(({ rival }) => rival.key === path);
        if (first) driver.accept(path, first.answer as TimerBody);
        else driver.log.write({ type: 'fail', key: path, atMs: Date.now(), status: 422 });
      }
    }
    field.notes.push(`answers by status: ${JSON.stringify(counts)}`);
  },
};
