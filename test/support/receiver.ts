import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitUntil } from '../../scripts/wait-until.js';

export interface ReceivedRequest {
  atMs: number;
  method: string;
  /** As it stood in the first line of the request. */
  target: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** The same, where it is no text. */
  bytes: Buffer;
}

export type Answer = (request: ReceivedRequest, response: ServerResponse, count: number) => void;

const ok: Answer = (_request, response) => response.end();

/** A real HTTP server that timers are delivered to. It keeps every request, and answers 200 unless told otherwise. */
export class Receiver {
  readonly requests: ReceivedRequest[] = [];
  /** When each connection was opened. */
  readonly connectedMs: number[] = [];
  private readonly answers = new Map<string, Answer>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('connection', () => receiver.connectedMs.push(Date.now()));
    server.on('request', (request, response) => receiver.receive(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  /** How requests whose target begins with the prefix are answered. `count` is 1 for the first of them. */
  answer(prefix: string, answer: Answer): void {
    this.answers.set(prefix, answer);
  }

  /** Requests whose target begins with the prefix. */
  at(prefix: string): ReceivedRequest[] {
    return this.requests.filter(({ target }) => target.startsWith(prefix));
  }

  /** Waits for that many requests. */
  async received(prefix: string, count: number, timeoutMs = 30_000): Promise<ReceivedRequest[]> {
    const what = () => `${count} requests at ${prefix}, there are ${this.at(prefix).length}`;
    return waitUntil(what, () => (this.at(prefix).length >= count ? this.at(prefix) : undefined), {
      timeoutMs,
      everyMs: 20,
    });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private receive(message: IncomingMessage, response: ServerResponse): void {
    const atMs = Date.now();
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const { method = '', url: target = '', headers } = message;
      const bytes = Buffer.concat(chunks);
      const request = { atMs, method, target, headers, body: bytes.toString(), bytes };
      this.requests.push(request);
      const prefix = [...this.answers.keys()].find((key) => target.startsWith(key));
      const answer = (prefix && this.answers.get(prefix)) || ok;
      answer(request, response, prefix ? this.at(prefix).length : 1);
    });
  }
}
