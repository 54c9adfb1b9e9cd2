import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { TIMERS_WORKFLOW } from '#contracts/timers.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { System } from '../../test/support/system.js';
import { cpuSeconds, cpuSince, findProcess, untilQuiet } from '../cpu.js';
import type { CpuSeconds, Processes } from '../cpu.js';
import { Storage } from './storage.js';
import type { Snapshot } from './storage.js';

/** What a phase in the life of some timers has cost, and what was stored at its end. */
export interface Phase {
  name: string;
  before: Snapshot;
  after: Snapshot;
  cpu: CpuSeconds;
}

const SET_AHEAD_MS = 40_000;
const WAIT_MS = 10_000;
const POSTS_AT_A_TIME = 16;

/** Timers on an engine with nothing else in it: set, waiting, sent, and forgotten; `groupSize` of them share a workflow. */
export async function live(count: number, groupSize: number, url: string): Promise<Phase[]> {
  const system = await System.start({
    topology: 'postgres',
    env: { LOG_LEVEL: 'warn' },
    postgresSettings: { shared_preload_libraries: 'pg_stat_statements' },
  });
  const storage = await Storage.open((database) => system.postgres.url(database));
  const client = new Client({ connection: await Connection.connect({ address: system.engine.address }) });
  try {
    const processes = processesOf(system);
    const phases: Phase[] = [];
    const phase = async (name: string, pass: () => Promise<void>) => {
      await untilQuiet(processes);
      const [before, used] = [await storage.snapshot(), cpuSeconds(processes)];
      await pass();
      await untilQuiet(processes);
      phases.push({ name, before, after: await storage.snapshot(), cpu: cpuSince(used, processes) });
    };
    const of = (status: string) => `WorkflowType = '${TIMERS_WORKFLOW}' AND ExecutionStatus = '${status}'`;
    const counted = async (query: string) => (await client.workflow.count(query)).count;
    const dueMs = Date.now() + SET_AHEAD_MS;
    await phase('set', () => setTimers(system, { count, groupSize, url, dueMs }));
    await phase('wait', () => sleep(WAIT_MS));
    await phase('fire', async () => {
      await sleep(Math.max(0, dueMs - Date.now()));
      const ended = async () => (await counted(of('Completed'))) === count / groupSize;
      await waitUntil('all timers have ended', ended, { timeoutMs: 300_000 });
    });
    await phase('forget', async () => {
      await forgetAll(client, of('Completed'));
      const gone = async () => (await counted(of('Completed'))) === 0;
      await waitUntil('the engine has forgotten them', gone, { timeoutMs: 300_000 });
    });
    return phases;
  } finally {
    await storage.close();
    await client.connection.close();
    await system.stop();
  }
}

function processesOf({ postgres, folder, server, worker }: System): Processes {
  return {
    postgres: postgres.pid,
    engine: findProcess('temporal-server', folder),
    server: server.process.pid,
    worker: worker.process.pid,
  };
}

interface Load {
  count: number;
  groupSize: number;
  url: string;
  dueMs: number;
}

async function setTimers({ server }: System, { count, groupSize, url, dueMs }: Load): Promise<void> {
  const timer = { fire_at: new Date(dueMs).toISOString(), url };
  const [path, body] =
    groupSize === 1
      ? ['/timers', timer]
      : ['/timers/batch', { timers: Array.from({ length: groupSize }, () => timer) }];
  let left = count / groupSize;
  const post = async () => {
    while (left-- > 0) {
      // With a key a request has a group of its own.
      const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      let { ok, status } = await fetch(`${server.url}${path}`, init);
      // Too much at once for this machine; with its key it is set once all the same.
      while (status === 503) ({ ok, status } = await fetch(`${server.url}${path}`, init));
      if (!ok) throw new Error(`POST ${path} was answered with ${status}`);
    }
  };
  await Promise.all(Array.from({ length: POSTS_AT_A_TIME }, post));
}

/** As the engine does itself when the retention is over. */
async function forgetAll({ workflow, workflowService, options }: Client, query: string): Promise<void> {
  for await (const { workflowId, runId } of workflow.list({ query })) {
    await workflowService.deleteWorkflowExecution({
      namespace: options.namespace,
      workflowExecution: { workflowId, runId },
    });
  }
}
