import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '../../scripts/wait-until.js';
import { System } from '../support/system.js';
import { ReceiverProcess } from './receiver/receiver.js';
import { tlsFiles } from './receiver/tls-files.js';

/** Short, so that a row does not wait for what a fault has cost. */
const ENV = {
  RETRY_DELAYS_SECONDS: '1,2,4,8,15,30,60',
  DELIVERY_TIMEOUT_SECONDS: '5',
  SHUTDOWN_GRACE_SECONDS: '10',
};

/** The PostgreSQL topology with real processes, and the receiver: everything that rows do harm to. */
export class Stage {
  private constructor(
    readonly folder: string,
    readonly system: System,
    readonly receiver: ReceiverProcess,
  ) {}

  static async start(): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'timekeeper-faults-'));
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const receiver = await ReceiverProcess.start(folder, secret, await tlsFiles(folder));
    const system = await System.start({
      ...{ topology: 'postgres', servers: 2, workers: 2, env: ENV },
      database: true,
    });
    const stage = new Stage(folder, system, receiver);
    await system.api().post('/signing-secrets').send({ secret }).expect(201);
    return stage;
  }

  /** What a row has left dead is started again. */
  async heal(): Promise<void> {
    for (const app of this.system.apps) if (!app.process.alive) app.start();
    await this.system.ready();
    await waitUntil('a timer can be set and read', async () => {
      const { status, body } = await this.system
        .api()
        .post('/timers')
        .send({ seconds: 3_600, url: this.receiver.url('/healed') });
      if (status !== 201) return false;
      return (await this.system.api().delete(`/timers/${body.id}`)).status === 200;
    });
  }

  async stop(keepLogs: boolean): Promise<void> {
    if (keepLogs) {
      for (const name of readdirSync(this.system.folder).filter((file) => file.endsWith('.log')))
        copyFileSync(join(this.system.folder, name), join(this.folder, name));
    }
    await this.system.stop();
    await this.receiver.stop();
    if (!keepLogs) rmSync(this.folder, { recursive: true, force: true });
  }
}
