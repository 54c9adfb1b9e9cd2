import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Whoever is told of the coupons: it counts what it gets, and recognizes by its key what it has had before. */
export class Inbox {
  requests = 0;
  /** How slow it is. */
  answerAfterMs = 0;
  private readonly keys = new Set<string>();

  private constructor(private readonly server: Server) {}

  static async open(): Promise<Inbox> {
    const server = createServer((request, response) => {
      inbox.requests += 1;
      inbox.keys.add(String(request.headers['idempotency-key']));
      request.resume().once('end', () => setTimeout(() => response.end(), inbox.answerAfterMs));
    });
    const inbox = new Inbox(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return inbox;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** Different notifications. */
  get notifications(): number {
    return this.keys.size;
  }

  /** Requests that came again. */
  get repeated(): number {
    return this.requests - this.notifications;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
