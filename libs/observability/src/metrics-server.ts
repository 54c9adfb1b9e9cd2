import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Metrics } from './metrics.js';

/** Serves the metrics on a port of their own, which need not be open to those who may use the API. */
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly server: Server;

  /** With port 0 nothing is served. */
  constructor(
    private readonly metrics: Metrics,
    private readonly address: { host: string; port: number },
  ) {
    this.server = createServer((request, response) => void this.answer(request.url, response));
  }

  /** Rejects if the port is taken. */
  async onApplicationBootstrap(): Promise<void> {
    const { host, port } = this.address;
    if (port === 0) return;
    this.server.listen(port, host);
    await once(this.server, 'listening');
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async answer(url: string | undefined, response: ServerResponse): Promise<void> {
    if (url !== '/metrics') return void response.writeHead(404).end('metrics are at /metrics\n');
    try {
      const text = await this.metrics.text();
      response.writeHead(200, { 'content-type': this.metrics.contentType }).end(text);
    } catch (error) {
      response.writeHead(500).end(`${(error as Error).message}\n`);
    }
  }
}
