import { hostname } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import { retryingCalls } from './engine-calls.js';
import type { EngineCalls } from './engine-calls.js';
import { EncryptionCodec } from './payload-codec.js';
import type { PayloadKey } from './payload-codec.js';
import type { EngineTracing } from './tracing.js';

/** Where the engine is, what in it is ours, and the keys to read it. */
export interface EngineAddress {
  connectionOptions: ConnectionOptions;
  namespace: string;
  /** What is stored is encrypted with the first; none: it is stored in plain text. */
  payloadKeys?: readonly PayloadKey[];
  /** Undefined: what is asked of it is not traced. */
  tracing?: EngineTracing;
}

/**
 * A client that is made without the engine: calls fail while it is away and work as soon as it is back. gRPC would wait
 * up to two minutes between its tries to connect again, and would retry a call for longer than an HTTP client waits.
 */
export function createClient(
  { connectionOptions, namespace, payloadKeys = [], tracing }: EngineAddress,
  identity: string,
  calls?: EngineCalls,
): Client {
  const connection = Connection.lazy({
    ...connectionOptions,
    channelArgs: {
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 5_000,
      ...connectionOptions.channelArgs,
    },
    interceptors: [retryingCalls(calls)],
  });
  const dataConverter = { payloadCodecs: [new EncryptionCodec(payloadKeys)] };
  return new Client({
    connection,
    namespace,
    identity,
    dataConverter,
    ...(tracing && { plugins: [tracing] }),
  });
}

/** Who this process is to the engine; shown in its UI. */
export function processIdentity(app: string): string {
  return `${app}@${hostname()}:${process.pid}`;
}
