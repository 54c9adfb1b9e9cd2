import { System } from '../../test/support/system.js';
import { MeasuredBlast } from '../blasts/measured-blast.js';
import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import { formatNumber } from '../statistics.js';
import { addMemory, perSecond, person } from './blasts.js';

/** One upload of very many recipients: how fast, and in how much memory of the server. */
export const upload: Figure = {
  name: 'upload',
  async measure({ rounds, upload: count }, say) {
    const title = `An upload of ${formatNumber(count)} recipients in one request`;
    const result = new Result('upload', title, ['Timekeeper', ''], say);
    const system = await System.start({
      ...{ topology: 'postgres', database: true },
      env: { LOG_LEVEL: 'warn' },
    });
    try {
      for (let round = 0; round < rounds; round++) {
        const blast = await MeasuredBlast.create(system, { channel: 'webhook', webhook: {} });
        const { ms, memory } = await blast.upload(count, (index) => {
          return { url: `https://example.com/hooks/${index}`, data: person(index).data };
        });
        result.add(0, 'stored', perSecond(count, ms), 'per s');
        addMemory(result, 'memory of the server', 'a tenth', memory);
        const askedMs = performance.now();
        await system.api().get(`/blasts/${blast.id}`).expect(200);
        result.add(0, 'then counted, GET answered after', performance.now() - askedMs, 'ms');
      }
      return result;
    } finally {
      await system.stop();
    }
  },
};
