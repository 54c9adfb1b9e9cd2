import type { Row } from '../row.js';
import { withLink } from './cut-link.js';
import { isBack } from './outage.js';
import { childrenOf } from '../processes.js';

const SILENT_MS = 20_000;
const LONGEST_ANSWER_MS = 5_000;

export const halfOpen: Row = {
  id: 'F18',
  title:
    'Silence: all processes of PostgreSQL stopped for 20 s; then the link of a worker takes and gives nothing for 20 s',
  settleMs: 120_000,
  async run(field) {
    const { driver, faults, stage } = field;
    const { postgres } = stage.system;
    await driver.setAll(field.spread(300, 3, 30));
    await field.pause(1_000, 2_000);
    const pids = [postgres.pid, ...childrenOf(postgres.pid).map(({ pid }) => pid)];
    await faults.lasting(
      'SIGSTOP of PostgreSQL',
      postgres.pid,
      async () => {
        for (const pid of pids) signal(pid, 'SIGSTOP');
        const askedMs = Date.now();
        const { status } = await driver.set({ url: field.url(), seconds: 5 });
        field.expect(`a POST meanwhile is answered with 503 (${status})`, status === 503);
        field.expect('it is answered in time', Date.now() - askedMs < LONGEST_ANSWER_MS);
        await field.pause(SILENT_MS);
      },
      async () => {
        for (const pid of pids) signal(pid, 'SIGCONT');
        await isBack(field);
      },
    );
    await withLink(field, async (link) => {
      await driver.setAll(field.spread(200, 3, 20));
      await field.pause(1_000, 3_000);
      await faults.lasting(
        'silent link',
        0,
        async () => {
          await link.silence();
          await field.pause(SILENT_MS);
        },
        () => link.mend(),
      );
    });
  },
};

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
