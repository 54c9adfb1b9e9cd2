import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

type Connector = buildConnector.connector;
type ConnectOptions = Parameters<Connector>[0];

/** Longer than a connection is ever opened ahead; one that nobody came for is closed then. */
const KEEP_MS = 5_000;

/**
 * Connections that are opened before they are needed, so that looking up a name, connecting and the greeting of TLS are
 * not lateness. At most one waits for each destination; what more is needed at the same moment is opened then.
 */
export class WarmConnections {
  private readonly waiting = new Map<string, Socket | 'opening'>();

  constructor(private readonly connect: Connector) {}

  /** For undici: hands out the connection that waits, or opens one. */
  readonly connector: Connector = (options, callback) => {
    const socket = this.waiting.get(keyOf(options));
    if (!socket || socket === 'opening' || socket.destroyed || !socket.writable)
      return this.connect(options, callback);
    this.waiting.delete(keyOf(options));
    socket.removeAllListeners('timeout').setTimeout(0);
    // undici must have returned from its own call first, or it never sends.
    queueMicrotask(() => callback(null, socket));
  };

  /** Opens a connection to the origin unless one waits. A failure is nobody's: the request will meet it again. */
  open(origin: string): void {
    const { protocol, hostname, host, port } = new URL(origin);
    const options: ConnectOptions = { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), host, port };
    const key = keyOf(options);
    if (this.waiting.has(key)) return;
    this.waiting.set(key, 'opening');
    this.connect(options, (error, socket) => {
      if (error) return void this.waiting.delete(key);
      this.waiting.set(key, socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => this.waiting.get(key) === socket && this.waiting.delete(key));
      socket.setTimeout(KEEP_MS, () => socket.destroy());
    });
  }

  close(): void {
    for (const socket of this.waiting.values()) if (socket !== 'opening') socket.destroy();
    this.waiting.clear();
  }
}

function keyOf({ protocol, hostname, port }: ConnectOptions): string {
  return `${protocol}//${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}
