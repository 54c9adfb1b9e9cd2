import { Client, Connection } from '@temporalio/client';
import { TIMERS_WORKFLOW } from '#contracts/timers.js';
import { JobStart } from '#jobs/job-start.js';
import { System } from '../test/support/system.js';
import { Turns } from './turns.js';
import { BARE_WORKFLOW } from './bare/task-queue.js';
import { findProcess } from './cpu.js';
import type { Processes } from './cpu.js';
import { openTlsReceiver, putFarAway } from './far-away.js';
import { Forked } from './forked.js';
import type { Load, LoadOutcome } from './load.js';
import { openPeers } from './peers/open-peers.js';
import type { ReceiverAnswer, ReceiverQuestion } from './receiver.js';

const NAMESPACE = 'default';

/** One of those that are compared. */
export interface Side {
  name: string;
  title: string;
  /** Of the workflows that carry its timers, where there are any. */
  workflowType?: string;
  load: Forked<Load, LoadOutcome>;
  /** The process that sends. It can be stopped for a while. */
  worker: { stop(): Promise<unknown>; start(): Promise<void> };
  /** All that this side needs to run, the engine included; neither receiver nor, for ours, the load process. */
  readonly processes: Processes;
}

export interface Ours extends Side {
  serverUrl: string;
}

export interface StageOptions {
  /** On top of the default settings of server and worker. */
  env?: Record<string, string>;
  /** Whether the others that can do a POST at a set time are up as well. */
  peers?: boolean;
  /** Whether the receiver speaks TLS and is far away. */
  far?: boolean;
}

/** An engine on PostgreSQL with nothing in it, all sides on it, and the receiver. */
export class Stage {
  private static readonly opened = new Set<Stage>();

  /** Who of the sides runs: all, until one is given a turn. */
  readonly turns: Turns;

  /** As a server has it. */
  readonly jobs: JobStart;

  private constructor(
    readonly client: Client,
    readonly receiver: Forked<ReceiverQuestion, ReceiverAnswer>,
    readonly receiverUrl: string,
    readonly ours: Ours,
    readonly bare: Side,
    readonly peers: Side[],
    /** Peers that this machine has not what it takes for. */
    readonly missing: string[],
    shared: Processes,
    private readonly stops: (() => Promise<unknown>)[],
  ) {
    this.turns = new Turns(this.sides, shared);
    this.jobs = new JobStart(client, {});
    Stage.opened.add(this);
  }

  static async open(options: StageOptions = {}): Promise<Stage> {
    const stops: (() => Promise<unknown>)[] = [];
    try {
      return await Stage.build(options, stops);
    } catch (error) {
      for (const stop of stops.toReversed()) await stop();
      throw error;
    }
  }

  private static async build(
    { env = {}, peers: withPeers = false, far = false }: StageOptions,
    stops: (() => Promise<unknown>)[],
  ): Promise<Stage> {
    const tls = far ? await openTlsReceiver() : undefined;
    const receiver = tls?.receiver ?? (await fork<ReceiverQuestion, ReceiverAnswer>('./receiver.js'));
    stops.push(() => (tls ?? receiver).stop());
    const trust = tls?.env ?? {};
    const port = (await receiver.ask({ ask: 'port' })) as number;
    const network = far ? await putFarAway(port) : undefined;
    if (network) stops.push(() => network.stop());

    const system = await System.start({
      topology: 'postgres',
      env: { LOG_LEVEL: 'warn', ...env },
      workerEnv: trust,
    });
    stops.push(() => system.stop());
    const client = new Client({
      connection: await Connection.connect({ address: system.engine.address }),
      namespace: NAMESPACE,
    });
    stops.push(() => client.connection.close());
    const engine = { postgres: system.postgres.pid, engine: findProcess('temporal-server', system.folder) };
    const ours = await openOurs(system, engine, stops);
    const bare = await openBare(system, engine, trust, stops);
    const peers = withPeers ? await openPeers(system.postgres, system.folder, trust) : undefined;
    if (peers) stops.push(() => peers.stop());
    const url = `${far ? 'https' : 'http'}://127.0.0.1:${network?.port ?? port}`;
    const { sides = [], missing = [] } = peers ?? {};
    return new Stage(client, receiver, url, ours, bare, sides, missing, engine, stops);
  }

  get sides(): [Side, Side, ...Side[]] {
    return [this.ours, this.bare, ...this.peers];
  }

  /** Everything of all sides. */
  get processes(): Processes {
    return Object.assign({}, ...this.sides.map(({ processes }) => processes)) as Processes;
  }

  /** Workflows of that side that have not closed. */
  async running({ workflowType }: Side): Promise<number> {
    if (!workflowType) return 0;
    return this.count(`WorkflowType = '${workflowType}' AND ExecutionStatus = 'Running'`);
  }

  /** All workflows of that side, running and closed. */
  async workflows({ workflowType }: Side): Promise<number> {
    return workflowType ? this.count(`WorkflowType = '${workflowType}'`) : 0;
  }

  async engineVersion(): Promise<string> {
    return (await this.client.workflowService.getSystemInfo({})).serverVersion;
  }

  async close(): Promise<void> {
    Stage.opened.delete(this);
    this.turns.end();
    for (const stop of this.stops.toReversed()) await stop();
  }

  /** For a run that is broken off. */
  static async closeAll(): Promise<void> {
    await Promise.all([...Stage.opened].map((stage) => stage.close()));
  }

  private async count(query: string): Promise<number> {
    return (await this.client.workflow.count(query)).count;
  }
}

async function openOurs(system: System, engine: Processes, stops: (() => Promise<unknown>)[]): Promise<Ours> {
  const load = await fork<Load, LoadOutcome>('./ours/load.js', [system.server.url]);
  stops.push(() => load.stop());
  return {
    ...{ name: 'ours', title: 'Timekeeper', workflowType: TIMERS_WORKFLOW, load },
    serverUrl: system.server.url,
    worker: {
      stop: () => system.worker.stop(),
      async start() {
        system.worker.start();
        await system.worker.ready();
      },
    },
    get processes() {
      return { ...engine, server: system.server.process.pid, worker: system.worker.process.pid };
    },
  };
}

async function openBare(
  { engine: { address } }: System,
  engine: Processes,
  env: Record<string, string>,
  stops: (() => Promise<unknown>)[],
): Promise<Side> {
  const load = await fork<Load, LoadOutcome>('./bare/load.js', [address, NAMESPACE]);
  const startWorker = () => fork<never, never>('./bare/worker.js', [address, NAMESPACE], env);
  let worker = await startWorker();
  stops.push(async () => {
    await load.stop();
    await worker.stop();
  });
  return {
    ...{ name: 'bare', title: 'bare workflow', workflowType: BARE_WORKFLOW, load },
    worker: { stop: () => worker.stop(), start: async () => void (worker = await startWorker()) },
    get processes() {
      return { ...engine, 'bare client': load.pid, 'bare worker': worker.pid };
    },
  };
}

function fork<Question, Answer>(
  script: string,
  args: string[] = [],
  env: Record<string, string> = {},
): Promise<Forked<Question, Answer>> {
  return Forked.start<Question, Answer>(new URL(script, import.meta.url), args, { env });
}
