import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import type { DelayQuestion } from './delay.js';
import { Forked } from './forked.js';
import type { ReceiverAnswer, ReceiverQuestion } from './receiver.js';

/** One way; there and back is twice that. */
export const ONE_WAY_MS = 25;
/** Addresses of this machine that the receiver can be reached at: each is a destination of its own to a sender. */
export const FAR_DESTINATIONS = 250;

/** A receiver that speaks TLS, with a certificate for each of its addresses. */
export interface TlsReceiver {
  receiver: Forked<ReceiverQuestion, ReceiverAnswer>;
  /** What a process needs in its environment to trust it. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

export async function openTlsReceiver(): Promise<TlsReceiver> {
  const folder = mkdtempSync(join(tmpdir(), 'timekeeper-bench-'));
  const altNames = Array.from({ length: FAR_DESTINATIONS }, (_, index) => ({
    type: 7 as const,
    ip: `127.0.0.${index + 1}`,
  }));
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'receiver' }], {
    extensions: [{ name: 'subjectAltName', altNames }],
  });
  const file = join(folder, 'receiver.pem');
  writeFileSync(file, cert);
  const url = new URL('./receiver.js', import.meta.url);
  const receiver = await Forked.start<ReceiverQuestion, ReceiverAnswer>(url, [JSON.stringify({ key, cert })]);
  return {
    receiver,
    env: { NODE_EXTRA_CA_CERTS: file },
    async stop() {
      await receiver.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Puts the port 50 ms away, there and back. */
export async function putFarAway(port: number): Promise<{ port: number; stop(): Promise<void> }> {
  const url = new URL('./delay.js', import.meta.url);
  const delay = await Forked.start<DelayQuestion, number>(url, [String(port), String(ONE_WAY_MS)]);
  return { port: await delay.ask('port'), stop: () => delay.stop() };
}
