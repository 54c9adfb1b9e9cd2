import { setTimeout as sleep } from 'node:timers/promises';
import { AFTER_A_WORKER_MS } from '../row.js';
import type { Field, Row } from '../row.js';
import type { KillOrder } from '../receiver/receiver.js';

const TIMERS = 60;

export const killedAroundAnswer: Row = {
  id: 'F03',
  title: 'kill -9 of a worker just before, then just after it has its answer',
  latestMs: AFTER_A_WORKER_MS,
  short: true,
  async run(field) {
    for (const when of ['before', 'after'] as const) {
      const prefix = await setTimers(field);
      const path = await killOnce(field, when, prefix);
      field.notes.push(`killed ${when} the answer to ${path}`);
      await field.driver.settle(60_000);
      const times = field.requests().filter((request) => request.path === path).length;
      // After the answer it may have been recorded before the receiver got to it.
      const isRight = when === 'before' ? times === 2 : times <= 2;
      field.expect(`${path} comes once more, and once only (${times - 1} more)`, isRight);
    }
  },
};

export const killedBeforeAnyByte: Row = {
  id: 'F04',
  title: 'kill -9 of a worker that has connected and sent nothing',
  latestMs: AFTER_A_WORKER_MS,
  async run(field) {
    for (let round = 0; round < 2; round++) {
      await setTimers(field);
      await killOnce(field, 'accept', '/');
    }
  },
};

async function setTimers(field: Field): Promise<string> {
  await field.driver.setAll(field.spread(TIMERS, 3, 9, ''));
  return field.prefix;
}

/** The receiver does it, and writes down at which request; the worker comes back after 2 s. */
async function killOnce(field: Field, when: KillOrder['when'], prefix: string): Promise<string | undefined> {
  const { stage, faults } = field;
  const { workers } = stage.system;
  const sinceMs = Date.now();
  stage.receiver.arm({ when, prefix, times: 1, pids: workers.map(({ process: { pid } }) => pid) });
  const victim = await Promise.race(
    workers.map(async (worker) => {
      await worker.process.exited;
      return worker;
    }),
  );
  const goneMs = Date.now();
  const [killed] = stage.receiver.killed(sinceMs);
  field.expect('the worker was killed by the receiver', killed?.pid === victim.process.pid);
  await sleep(2_000);
  victim.start();
  await victim.ready();
  const atMs = killed?.wallMs ?? sinceMs;
  faults.write({
    what: `kill -9 ${victim.name} ${when}`,
    pid: killed?.pid ?? 0,
    // What it had written to its connections is received until then.
    ...{ fromMs: atMs, untilMs: goneMs, healedMs: Date.now() },
  });
  return killed?.path;
}
