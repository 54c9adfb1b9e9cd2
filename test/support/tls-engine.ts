import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { generate } from 'selfsigned';

export const ENGINE_NAME = 'engine.test';

export interface Certificate {
  key: string;
  cert: string;
}

/** A certificate authority of a test's own. */
export class Authority {
  private constructor(private readonly own: Certificate) {}

  static async create(name: string): Promise<Authority> {
    const extensions = [
      { name: 'basicConstraints', cA: true, critical: true } as const,
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true } as const,
    ];
    const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
      ...{ extensions, algorithm: 'sha256' },
    });
    return new Authority({ key, cert });
  }

  get cert(): string {
    return this.own.cert;
  }

  async issue(name: string): Promise<Certificate> {
    const extensions = [
      { name: 'basicConstraints', cA: false } as const,
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true } as const,
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true } as const,
      { name: 'subjectAltName' as const, altNames: [{ type: 2 as const, value: name }] },
    ];
    const options = { ca: this.own, extensions, algorithm: 'sha256' };
    const { private: key, cert } = await generate([{ name: 'commonName', value: name }], options);
    return { key, cert };
  }
}

/** What stands before an engine and demands a certificate of whoever comes, as a gateway or Temporal Cloud does. */
export class TlsEngine {
  /** Names in the certificates of those who were let in. */
  readonly admitted = new Set<string>();
  refused = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  /** `plain`: host and port of the engine itself. */
  static async start(plain: string, own: Certificate, clientsOf: Authority): Promise<TlsEngine> {
    const [host, port] = plain.split(':') as [string, string];
    const server = createServer({
      ...{ ...own, ca: clientsOf.cert, ALPNProtocols: ['h2'] },
      ...{ requestCert: true, rejectUnauthorized: true },
    });
    const engine = new TlsEngine(server);
    server.on('tlsClientError', () => (engine.refused += 1));
    server.on('secureConnection', (client: TLSSocket) => {
      engine.admitted.add(String(client.getPeerCertificate().subject.CN));
      const inner = connect(Number(port), host);
      for (const socket of [client, inner]) engine.keep(socket);
      client.pipe(inner).pipe(client);
      client.once('close', () => inner.destroy());
      inner.once('close', () => client.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return engine;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.sockets.delete(socket));
  }
}
