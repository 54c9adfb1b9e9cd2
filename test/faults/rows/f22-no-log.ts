import { spawn } from 'node:child_process';
import { childEnvironment } from '#config/env.js';
import { WORKER_MAIN } from '../../../scripts/paths.js';
import { freePort } from '../../../scripts/ports.js';
import { answers, waitUntil } from '../../../scripts/wait-until.js';
import type { Row } from '../row.js';

export const noLog: Row = {
  id: 'F22',
  title: "A worker's standard output is a pipe that nobody reads any more",
  async run(field) {
    const { driver, faults, stage } = field;
    const [worker] = stage.system.workers as [(typeof stage.system.workers)[number]];
    await Promise.all(stage.system.workers.map((other) => other.stop()));
    const port = String(await freePort());
    const env = { ...worker.environment, WORKER_PORT: port, WORKER_METRICS_PORT: '0', LOG_LEVEL: 'debug' };
    const mute = spawn(process.execPath, [WORKER_MAIN], {
      env: childEnvironment(env),
      cwd: stage.folder,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const exited = new Promise((resolve) => mute.once('exit', (code, signal) => resolve(signal ?? code)));
    mute.stdout?.resume();
    mute.stderr?.resume();
    try {
      await waitUntil('the worker is ready', () => answers(`http://127.0.0.1:${port}/health/ready`));
      await driver.setAll(field.spread(200, 3, 12));
      await faults.orderly('stdout is closed', mute.pid ?? 0, () => {
        mute.stdout?.destroy();
        mute.stderr?.destroy();
      });
      await driver.settle(40_000);
      field.expect('the worker is still there', mute.exitCode === null && mute.signalCode === null);
    } finally {
      mute.kill('SIGTERM');
      field.notes.push(`on SIGTERM it ended with ${String(await exited)}`);
    }
    for (const other of stage.system.workers) other.start();
  },
};
