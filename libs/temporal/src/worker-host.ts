import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { ActivityInterceptorsFactory, NativeConnectionOptions, WorkerOptions } from '@temporalio/worker';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import type { Logger } from '#observability/logger.js';
import type { EngineAddress } from './connection.js';
import type { CoreMetrics } from './core-metrics.js';
import { sdkLogger } from './sdk-log.js';
import type { SdkLogOptions } from './sdk-log.js';
import { EncryptionCodec } from './payload-codec.js';
import { builtWorkflowBundle } from './workflow-bundle.js';

const RECONNECT_MS = 500;
/** Of the heaps of the threads that run workflows: with V8's own choice, 16, a worker is hundreds of MiB larger (decision 0046). */
const SEMI_SPACE_MIB = 4;
const ENCODED_FAILURES = fileURLToPath(new URL('./encoded-failures.js', import.meta.url));

/** A task queue that is served by a Temporal worker of its own. */
export interface ServedQueue {
  taskQueue: string;
  /** Whether it runs workflows there, or activities only. */
  workflows: boolean;
  worker: Omit<
    WorkerOptions,
    'connection' | 'namespace' | 'taskQueue' | 'dataConverter' | 'workflowBundle' | 'workerDeploymentOptions'
  >;
}

export interface WorkerHostOptions {
  engine: EngineAddress;
  queues: readonly ServedQueue[];
  /** Undefined: the engine does not tell this worker from those of other builds. */
  version?: WorkerDeploymentVersion;
  /** Undefined: nothing is measured. */
  coreMetrics?: CoreMetrics;
  /** The first is the outermost. */
  activityInterceptors?: ActivityInterceptorsFactory[];
  /** Whose a workflow is, for the log. */
  tenantOf?: SdkLogOptions['tenantOf'];
  /** Is shown every warning and error of the SDK. */
  onSdkLine?: SdkLogOptions['onLine'];
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
      telemetryOptions: {
        logging: { filter: 'WARN', forward: {} },
        ...(options.coreMetrics && { metrics: { prometheus: options.coreMetrics.prometheus } }),
      },
      logger: sdkLogger(logger, { tenantOf: options.tenantOf, onLine: options.onSdkLine }),
    });
  }

  get polling(): boolean {
    return this.workers.length > 0 && this.workers.every((worker) => worker.getState() === 'RUNNING');
  }

  /** `onEnded`: the worker has ended without being asked to. */
  async start(onEnded: (error: unknown) => void): Promise<void> {
    const { engine, queues, version } = this.options;
    const { namespace, payloadKeys = [], tracing } = engine;
    const encrypts = payloadKeys.length > 0;
    const connection = (this.connection = await this.connect());
    const shared = {
      connection,
      namespace,
      interceptors: { activity: this.options.activityInterceptors ?? [] },
      dataConverter: {
        payloadCodecs: [new EncryptionCodec(payloadKeys)],
        ...(encrypts ? { failureConverterPath: ENCODED_FAILURES } : {}),
      },
      ...(version && { workerDeploymentOptions: versioned(version) }),
      ...(tracing && { plugins: [tracing] }),
    };
    const kind = {
      failures: encrypts ? ('encoded' as const) : ('plain' as const),
      traced: tracing !== undefined,
    };
    const workflowBundle = builtWorkflowBundle(kind);
    // For threads that begin after this; those that are running keep what they have.
    setFlagsFromString(`--max-semi-space-size=${SEMI_SPACE_MIB}`);
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

// A timer outlives many builds, so what runs moves on to the current one; `patched()` and the replay tests see to that.
function versioned(version: WorkerDeploymentVersion) {
  return { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' } as const;
}
