import type { Row } from '../row.js';

const GRACE_MS = 10_000;

export const serverRestart: Row = {
  id: 'F10',
  title: 'SIGTERM of each server in turn, four times, during requests',
  async run(field) {
    const { driver, faults, stage } = field;
    const { servers } = stage.system;
    let over = false;
    const load = (async () => {
      while (!over) await driver.setAll(field.spread(50, 3, 8, ''), 16);
    })();
    for (let restart = 0; restart < 4; restart++) {
      await field.pause(300, 1_500);
      const server = servers[restart % servers.length] as (typeof servers)[number];
      await faults.orderly(`SIGTERM ${server.name}`, server.process.pid, async () => {
        const askedMs = Date.now();
        const how = await server.stop();
        field.expect(`${server.name} ends by itself (${how})`, how === 'code 0');
        field.expect(`${server.name} ends within its grace time`, Date.now() - askedMs < GRACE_MS + 2_000);
        server.start();
        await server.ready();
      });
    }
    over = true;
    await load;
  },
  after({ recovered }, field) {
    field.expect(
      `a request that was begun is answered (${recovered.join()} were not)`,
      recovered.length === 0,
    );
  },
};
