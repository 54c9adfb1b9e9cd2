import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/** The engine as Temporal's own settings name it: `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, … */
export function createClient(): Client {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  // Where Timekeeper has PAYLOAD_KEYS, the same codec goes here: dataConverter: { payloadCodecs: [...] }.
  return new Client({ connection: Connection.lazy(connectionOptions), namespace });
}
