import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/paths.js';
import { Child } from '../../../scripts/child.js';
import { freePort } from '../../../scripts/ports.js';
import { answers, waitUntil } from '../../../scripts/wait-until.js';
import type { Field, Row } from '../row.js';

/** Where the workflow of timers begins to turn, in the bundle. */
const TURNS = /await (\w+)\.CancellationScope\.nonCancellable\(turnUntilEnded\)/;

export const incompatibleCode: Row = {
  id: 'F25',
  title:
    'Timers set on one version meet another: one that is broken and taken back, then one that is patched',
  settleMs: 120_000,
  async run(field) {
    const { driver, faults, stage } = field;
    const { workers } = stage.system;
    const old = field.spread(200, 4, 15, '');
    await driver.setAll(old);
    // Each has begun by the version of today.
    await field.pause(2_000);
    await Promise.all(workers.map((worker) => worker.stop()));
    const broken = version(field, 'broken', '$1.upsertMemo({ broken: true }); $&');
    await faults.orderly('deployment of a broken version', 0, () =>
      whileRunning(field, broken, async ({ log, metrics }) => {
        const lastMs = Math.max(...old.map(({ fireAt }) => Number(fireAt)));
        await waitUntil('all are due', () => Date.now() > lastMs + 2_000);
        await waitUntil('the worker says so', () =>
          /TMPRL1100|[Nn]ondeterminis/.test(readFileSync(log, 'utf8')),
        );
        await waitUntil('its metrics say so, which an alert goes by', async () =>
          /^temporal_workflow_task_execution_failed_total\{.*\} [1-9]/m.test(await metrics()),
        );
      }),
    );
    field.notes.push(
      `${new Set(field.requests().map(({ path }) => path)).size} of 200 were sent by the broken version`,
    );
    await Promise.all(workers.map(restart));
    await driver.settle(60_000);

    await driver.setAll(field.spread(100, 4, 15, ''));
    await Promise.all(workers.map((worker) => worker.stop()));
    const patched = version(field, 'patched', "if ($1.patched('f25')) await $1.sleep(1); $&");
    await faults.orderly('deployment of a patched version', 0, () =>
      whileRunning(field, patched, async () => {
        await driver.setAll(field.spread(50, 2, 8, ''));
        await driver.settle(60_000);
      }),
    );
    // Nothing is left of it: the version from before does not know the patch.
    await Promise.all(workers.map(restart));
  },
};

/** Another version of the whole build, whose workflow does something else at its beginning. */
function version(field: Field, name: string, change: string): string {
  const folder = join(field.stage.folder, `${field.name}-${name}`);
  cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  // Packages, and the migrations of our own database.
  for (const name of ['node_modules', 'libs']) symlinkSync(join(ROOT, name), join(folder, name));
  for (const file of ['workflow-bundle.js', 'workflow-bundle-encoded-failures.js']) {
    const path = join(folder, 'dist', file);
    const code = readFileSync(path, 'utf8');
    if (!TURNS.test(code)) throw new Error(`${file} has no ${TURNS.source}`);
    writeFileSync(path, code.replace(TURNS, change));
  }
  return folder;
}

async function whileRunning(
  field: Field,
  folder: string,
  run: (told: { log: string; metrics: () => Promise<string> }) => Promise<void>,
): Promise<void> {
  const [port, metricsPort] = [String(await freePort()), String(await freePort())];
  const logFile = `${folder}.log`;
  const [{ environment }] = field.stage.system.workers as [(typeof field.stage.system.workers)[number]];
  const ports = { WORKER_PORT: port, WORKER_METRICS_PORT: metricsPort, LOG_FORMAT: 'json' };
  const worker = new Child('worker', process.execPath, [join(folder, 'dist/apps/worker/src/main.js')], {
    ...{ logFile, cwd: folder, env: { ...environment, ...ports } },
  });
  try {
    await waitUntil('it is ready', () => answers(`http://127.0.0.1:${port}/health/ready`), {
      timeoutMs: 60_000,
    });
    const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    await run({ log: logFile, metrics });
  } finally {
    await worker.stop();
  }
}

async function restart(worker: { start(): void; ready(): Promise<void> }): Promise<void> {
  worker.start();
  await worker.ready();
}
