import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { TIMERS_WORKFLOW } from '#contracts/timers.js';
import { System } from '../test/support/system.js';
import { BARE_WORKFLOW } from './bare/task-queue.js';
import { findProcess } from './cpu.js';
import type { Processes } from './cpu.js';
import { Forked } from './forked.js';
import type { Load, LoadOutcome } from './load.js';
import type { ReceiverAnswer, ReceiverQuestion } from './receiver.js';

const NAMESPACE = 'default';

/** One of the two that are compared. */
export interface Side {
  name: 'ours' | 'bare';
  workflowType: string;
  load: Forked<Load, LoadOutcome>;
  /** All that this side needs to run, the engine included; neither receiver nor, for ours, the load process. */
  processes: Processes;
}

/** An engine on PostgreSQL with nothing in it, both sides on it, and the receiver. */
export class Stage {
  private static readonly opened = new Set<Stage>();

  private constructor(
    readonly client: Client,
    readonly receiver: Forked<ReceiverQuestion, ReceiverAnswer>,
    readonly receiverUrl: string,
    readonly ours: Side,
    readonly bare: Side,
    private readonly system: System,
    private readonly bareWorker: Forked<never, never>,
  ) {
    Stage.opened.add(this);
  }

  /** `env` is on top of the default settings of server and worker. */
  static async open(env: Record<string, string> = {}): Promise<Stage> {
    const system = await System.start({ topology: 'postgres', env: { LOG_LEVEL: 'warn', ...env } });
    try {
      return await Stage.on(system);
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  private static async on(system: System): Promise<Stage> {
    const { address } = system.engine;
    const receiver = await fork<ReceiverQuestion, ReceiverAnswer>('./receiver.js');
    const oursLoad = await fork<Load, LoadOutcome>('./ours/load.js', system.server.url);
    const bareLoad = await fork<Load, LoadOutcome>('./bare/load.js', address, NAMESPACE);
    const bareWorker = await fork<never, never>('./bare/worker.js', address, NAMESPACE);
    const postmaster = readFileSync(join(system.folder, 'postgres/postmaster.pid'), 'utf8').split('\n')[0];
    const engine = { postgres: Number(postmaster), engine: findProcess('temporal-server', system.folder) };
    const port = (await receiver.ask({ ask: 'port' })) as number;
    return new Stage(
      new Client({ connection: await Connection.connect({ address }), namespace: NAMESPACE }),
      receiver,
      `http://127.0.0.1:${port}`,
      {
        name: 'ours',
        workflowType: TIMERS_WORKFLOW,
        load: oursLoad,
        processes: { ...engine, server: system.server.process.pid, worker: system.worker.process.pid },
      },
      {
        name: 'bare',
        workflowType: BARE_WORKFLOW,
        load: bareLoad,
        processes: { ...engine, 'bare client': bareLoad.pid, 'bare worker': bareWorker.pid },
      },
      system,
      bareWorker,
    );
  }

  get serverUrl(): string {
    return this.system.server.url;
  }

  get sides(): [Side, Side] {
    return [this.ours, this.bare];
  }

  /** Everything of both sides. */
  get processes(): Processes {
    return { ...this.bare.processes, ...this.ours.processes };
  }

  /** Workflows of that side that have not closed. */
  async running({ workflowType }: Side): Promise<number> {
    return this.count(`WorkflowType = '${workflowType}' AND ExecutionStatus = 'Running'`);
  }

  /** All workflows of that side, running and closed. */
  async workflows({ workflowType }: Side): Promise<number> {
    return this.count(`WorkflowType = '${workflowType}'`);
  }

  async engineVersion(): Promise<string> {
    return (await this.client.workflowService.getSystemInfo({})).serverVersion;
  }

  async close(): Promise<void> {
    Stage.opened.delete(this);
    for (const process of [this.ours.load, this.bare.load, this.bareWorker, this.receiver])
      await process.stop();
    await this.client.connection.close();
    await this.system.stop();
  }

  /** For a run that is broken off. */
  static async closeAll(): Promise<void> {
    await Promise.all([...Stage.opened].map((stage) => stage.close()));
  }

  private async count(query: string): Promise<number> {
    return (await this.client.workflow.count(query)).count;
  }
}

function fork<Question, Answer>(script: string, ...args: string[]): Promise<Forked<Question, Answer>> {
  return Forked.start<Question, Answer>(new URL(script, import.meta.url), args);
}
