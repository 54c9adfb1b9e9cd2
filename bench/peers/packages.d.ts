// What is used of the packages in bench/peers/package.json, so that all of this compiles where they are not installed.

declare module 'pg-boss' {
  interface Job {
    id: string;
    data: { url: string };
  }

  export class PgBoss {
    constructor(options: { connectionString: string });
    on(event: 'error', listener: (error: Error) => void): this;
    start(): Promise<this>;
    createQueue(name: string): Promise<void>;
    send(name: string, data: object, options: { startAfter: Date }): Promise<string | null>;
    work(
      name: string,
      options: Record<string, number | boolean>,
      handler: (jobs: Job[]) => Promise<{ id: string; status: 'completed' | 'failed' }[]>,
    ): Promise<string>;
  }
}

declare module 'graphile-worker' {
  interface Preset {
    worker: {
      connectionString: string;
      pollInterval?: number;
      concurrentJobs?: number;
      maxPoolSize?: number;
      localQueue?: { size: number };
      completeJobBatchDelay?: number;
      failJobBatchDelay?: number;
      logger?: Logger;
    };
  }

  export class Logger {
    constructor(factory: () => (level: string, message: string) => void);
  }

  export function run(options: {
    preset: Preset;
    noHandleSignals: boolean;
    taskList: Record<string, (payload: { url: string }) => Promise<void>>;
  }): Promise<unknown>;

  export function makeWorkerUtils(options: { preset: Preset }): Promise<{
    migrate(): Promise<void>;
    addJob(identifier: string, payload: object, spec: { runAt: Date }): Promise<unknown>;
  }>;
}

declare module 'bullmq' {
  interface Connection {
    host: string;
    port: number;
  }

  export class Queue {
    constructor(name: string, options: { connection: Connection; defaultJobOptions?: object });
    waitUntilReady(): Promise<unknown>;
    add(name: string, data: object, options: { delay: number }): Promise<unknown>;
  }

  export class Worker {
    constructor(
      name: string,
      processor: (job: { data: { url: string } }) => Promise<void>,
      options: { connection: Connection; concurrency: number },
    );
    on(event: 'error', listener: (error: Error) => void): this;
    waitUntilReady(): Promise<unknown>;
  }
}

declare module '@restatedev/restate-sdk' {
  interface Context {
    run(name: string, action: () => Promise<void>): Promise<void>;
  }

  export function service(definition: {
    name: string;
    handlers: Record<string, (context: Context, input: { url: string }) => Promise<void>>;
  }): object;

  export function serve(options: { services: object[]; port: number }): Promise<number>;
}
