import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { decodeTimerId, timersWorkflowId } from '#contracts/timer-id.js';
import { createClient } from '#temporal/connection.js';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { App } from '../support/app.js';
import { postTimers } from '../support/load.js';
import type { PostOutcome } from '../support/load.js';
import { makeNextBuild, PATCH } from '../support/next-build.js';
import type { NextBuild } from '../support/next-build.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';
import { testFolder } from '../support/topology.js';

const WORKERS = 2;
const AT_ONCE = 240;
const PER_ROUND = 20;
const ROUND_MS = 500;
const TIMEOUT_MS = 240_000;
const DEPLOYMENT = 'timekeeper';

describe('a new build of the workers', () => {
  const folder = testFolder();
  let next: NextBuild;
  let system: System;
  let receiver: Receiver;
  let client: Client;

  beforeAll(async () => {
    // A replay that fails, as one is to, is told of at length.
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
    });
    next = await makeNextBuild(folder);
  });

  afterEach(async () => {
    await client.connection.close();
    await receiver.stop();
    await system.stop();
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it(
    'takes over by SIGTERM, one worker after the other, and each timer is sent once',
    async () => {
      await start({});
      const { started, load } = await underLoad(async () => {
        const replaced = [...system.workers];
        for (const [index, worker] of replaced.entries()) {
          await startNext(index, {});
          expect(await worker.stop()).toBe('code 0');
        }
      });
      await expectAllSentOnce([...started, ...load]);
      await expectOldGoOn(started[0] as PostOutcome);
      await expectNewOneIsPatched();
    },
    TIMEOUT_MS,
  );

  it(
    'takes over by its version once it is the current one, and each timer is sent once',
    async () => {
      const version = (build: string) => ({ WORKER_DEPLOYMENT_NAME: DEPLOYMENT, WORKER_BUILD_ID: build });
      await start(version('a'));
      expect(await deployment('current', 'a')).toContain('current: a');
      const { started, load } = await underLoad(async () => {
        const replaced = [...system.workers];
        // The script waits for its workers, which are not there yet.
        const current = deployment('current', 'b');
        for (let index = 0; index < WORKERS; index++) await startNext(index, version('b'));
        expect(await current).toMatch(/current: b\n.*builds: .*\ba\b/s);
        for (const worker of replaced) expect(await worker.stop()).toBe('code 0');
      });
      await expectAllSentOnce([...started, ...load]);
      await expectOldGoOn(started[0] as PostOutcome);
      await expectNewOneIsPatched();

      const nobody = deployment('current', 'c', '--timeout', '1');
      await expect(nobody).rejects.toThrow('build c of deployment timekeeper was not taken within 1000 ms');
      expect(await deployment()).toContain('current: b');
      expect(await deployment('current', '--unversioned')).toContain('current: workers without a version');
      expect(await deployment('ramp', 'b', '10')).toContain('ramping: b, 10 %');
    },
    TIMEOUT_MS,
  );

  async function start(workerEnv: Record<string, string>): Promise<void> {
    [system, receiver] = await Promise.all([
      System.start({ workers: WORKERS, workerEnv, topology: 'embedded' }),
      Receiver.start(),
    ]);
    const connectionOptions = { address: system.engine.address };
    client = createClient({ connectionOptions, namespace: 'default' }, 'rolling');
  }

  async function startNext(index: number, extra: Record<string, string>): Promise<void> {
    const { environment } = system.worker;
    const env = { ...environment, ...extra };
    const worker = await App.worker(`next-worker-${index + 1}`, system.folder, env, next.workerMain);
    worker.start();
    system.workers.push(worker);
    await worker.ready();
  }

  /** Timers that are set before and are due before, during and after the roll; and others that come all the while. */
  async function underLoad(roll: () => Promise<void>): Promise<Record<'started' | 'load', PostOutcome[]>> {
    const bodies = (prefix: string, count: number, spread: number) =>
      Array.from({ length: count }, (_, i) => ({
        seconds: 1 + (i % spread),
        url: receiver.url(`/${prefix}/${i}/`),
      }));
    // One that is still there when the old build has gone, alone in its workflow.
    const long = await postTimers(system.servers, [{ seconds: 3_600, url: receiver.url('/long/') }]);
    const started = [...long, ...(await postTimers(system.servers, bodies('before', AT_ONCE, 15)))];
    const load: PostOutcome[] = [];
    let rolled = false;
    const posting = (async () => {
      for (let round = 0; !rolled; round++) {
        load.push(...(await postTimers(system.servers, bodies(`round-${round}`, PER_ROUND, 5), 4)));
        // The pace of the load: as fast as can be would be a measure of the machine.
        await sleep(ROUND_MS);
      }
    })();
    try {
      await roll();
    } finally {
      rolled = true;
      await posting;
    }
    await system.api().patch(`/timers/${long[0]?.body?.id}`).send({ seconds: 1 }).expect(200);
    return { started, load };
  }

  async function expectAllSentOnce(posts: PostOutcome[]): Promise<void> {
    expect(posts.filter(({ status }) => status !== 201)).toEqual([]);
    await waitUntil(
      () => `${posts.length} timers were received, of which ${receiver.requests.length} are`,
      () => receiver.requests.length >= posts.length,
      { timeoutMs: 60_000 },
    );
    const pending = `ExecutionStatus = 'Running' AND WorkflowType = 'timers'`;
    await waitUntil(
      'every workflow has ended',
      async () => (await client.workflow.count(pending)).count === 0,
      {
        timeoutMs: 60_000,
      },
    );
    const received = receiver.requests.map(({ headers }) => String(headers['webhook-id']));
    expect(received.sort()).toEqual(posts.map(({ body }) => body?.id).sort());
  }

  /** The build that went on with it would not have been able to without `patched()`. */
  async function expectOldGoOn({ body }: PostOutcome): Promise<void> {
    const history = await historyOf(body?.id ?? '');
    expect(identitiesIn(history).size).toBeGreaterThan(1);
    expect(JSON.stringify(history)).not.toContain('core_patch');
    await Worker.runReplayHistory({ workflowBundle: { code: next.bundle } }, history);
    const unpatched = next.bundle.replaceAll(/\(0,[\w$]+\.patched\)\('notes who began it'\)/g, 'true');
    expect(unpatched).not.toEqual(next.bundle);
    const replayed = Worker.runReplayHistory({ workflowBundle: { code: unpatched } }, history);
    await expect(replayed).rejects.toThrow(DeterminismViolationError);
  }

  async function expectNewOneIsPatched(): Promise<void> {
    const { id } = await system.post({ seconds: 1, url: receiver.url('/new/') });
    await receiver.received('/new/', 1);
    const history = await historyOf(id);
    const markers = history.events?.map((event) => event.markerRecordedEventAttributes?.markerName);
    expect(markers).toContain('core_patch');
    expect(next.bundle).toContain(PATCH);
  }

  function historyOf(id: string) {
    const parts = decodeTimerId(id);
    if (!parts) throw new Error(`"${id}" is not the id of a timer`);
    return client.workflow.getHandle(timersWorkflowId('default', parts.groupKey)).fetchHistory();
  }

  async function deployment(...args: string[]): Promise<string> {
    const env = {
      ...process.env,
      TEMPORAL_ADDRESS: system.engine.address,
      WORKER_DEPLOYMENT_NAME: DEPLOYMENT,
    };
    const script = join(ROOT, 'dist/scripts/deployment.js');
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], { env, cwd: folder });
    return stdout;
  }
});

/** Who has taken its workflow tasks. */
function identitiesIn({
  events,
}: Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>) {
  const taken = events?.map((event) => event.workflowTaskCompletedEventAttributes?.identity).filter(Boolean);
  return new Set(taken);
}
