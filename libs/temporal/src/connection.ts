import { hostname } from 'node:os';
import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import { EncryptionCodec } from './payload-codec.js';
import type { PayloadKey } from './payload-codec.js';

/** Where the engine is, what in it is ours, and the keys to read it. */
export interface EngineAddress {
  connectionOptions: ConnectionOptions;
  namespace: string;
  /** What is stored is encrypted with the first; none: it is stored in plain text. */
  payloadKeys?: readonly PayloadKey[];
}

/**
 * A client that is made without the engine: calls fail while it is away and work as soon as it is back. gRPC would wait
 * up to two minutes between its tries to connect again, and would retry a call for longer than an HTTP client waits.
 */
export function createClient(
  { connectionOptions, namespace, payloadKeys = [] }: EngineAddress,
  identity: string,
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
    interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: 3 }))],
  });
  const dataConverter = { payloadCodecs: [new EncryptionCodec(payloadKeys)] };
  return new Client({ connection, namespace, identity, dataConverter });
}

/** Who this process is to the engine; shown in its UI. */
export function processIdentity(app: string): string {
  return `${app}@${hostname()}:${process.pid}`;
}
