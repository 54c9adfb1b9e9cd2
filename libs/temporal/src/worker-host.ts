import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { NativeConnectionOptions, WorkerOptions } from '@temporalio/worker';
import type { Logger } from '#observability/logger.js';
import type { EngineAddress } from './connection.js';
import { EncryptionCodec } from './payload-codec.js';
import { builtWorkflowBundle } from './workflow-bundle.js';

const RECONNECT_MS = 500;
const ENCODED_FAILURES = fileURLToPath(new URL('./encoded-failures.js', import.meta.url));

/** A task queue that is served by a Temporal worker of its own. */
export interface ServedQueue {
  taskQueue: string;
  /** Whether it runs workflows there, or activities only. */
  workflows: boolean;
  worker: Omit<WorkerOptions, 'connection' | 'namespace' | 'taskQueue' | 'dataConverter' | 'workflowBundle'>;
}

export interface WorkerHostOptions {
  engine: EngineAddress;
  queues: readonly ServedQueue[];
}

/** The Temporal workers of this process: connected as soon as the engine is there, drained before anything is closed. */
export class WorkerHost {
  private connection?: NativeConnection;
  private workers: Worker[] = [];
  private runs: Promise<void>[] = [];

  constructor(
    private readonly options: WorkerHostOptions,
    private readonly logger: Logger,
  ) {
    // Nest owns the signals. Core's own lines are rare and only of interest when something is wrong.
    Runtime.install({
      shutdownSignals: [],
      telemetryOptions: { logging: { filter: 'WARN', forward: {} } },
      logger: coreLogger(logger),
    });
  }

  get polling(): boolean {
    return this.workers.length > 0 && this.workers.every((worker) => worker.getState() === 'RUNNING');
  }

  /** `onEnded`: the worker has ended without being asked to. */
  async start(onEnded: (error: unknown) => void): Promise<void> {
    const { engine, queues } = this.options;
    const { namespace, payloadKeys = [] } = engine;
    const encrypts = payloadKeys.length > 0;
    const connection = (this.connection = await this.connect());
    const shared = {
      connection,
      namespace,
      dataConverter: {
        payloadCodecs: [new EncryptionCodec(payloadKeys)],
        ...(encrypts ? { failureConverterPath: ENCODED_FAILURES } : {}),
      },
    };
    const workflowBundle = builtWorkflowBundle(encrypts ? 'encoded' : 'plain');
    this.workers = await Promise.all(
      queues.map(({ taskQueue, workflows, worker }) =>
        Worker.create({ ...shared, ...worker, taskQueue, ...(workflows && { workflowBundle }) }),
      ),
    );
    this.runs = this.workers.map((each) => each.run());
    for (const run of this.runs) run.catch(onEnded);
  }

  /** Takes no more tasks. Those it has go on; `drained` tells when they have ended. */
  stopPolling(): void {
    for (const worker of this.workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  }

  async drained(): Promise<void> {
    await Promise.allSettled(this.runs);
  }

  /** To be called when it has drained and nobody needs the connection any more. */
  async close(): Promise<void> {
    await this.connection?.close();
  }

  private async connect(): Promise<NativeConnection> {
    for (let told = false; ; told = true) {
      try {
        return await NativeConnection.connect(
          this.options.engine.connectionOptions as NativeConnectionOptions,
        );
      } catch (error) {
        if (!told) this.logger.warn({ err: error }, 'The engine cannot be reached yet, trying again');
        await sleep(RECONNECT_MS);
      }
    }
  }
}

// Only warnings and errors: what Core and the SDK log below that carries payloads.
function coreLogger(logger: Logger) {
  const drop = () => undefined;
  const warn = (message: string, meta: object = {}) => logger.warn(meta, message);
  const error = (message: string, meta: object = {}) => logger.error(meta, message);
  const log = (level: string, message: string, meta: object = {}) => {
    if (level === 'WARN') warn(message, meta);
    if (level === 'ERROR') error(message, meta);
  };
  return { log, trace: drop, debug: drop, info: drop, warn, error };
}
