import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { waitUntil } from '../../scripts/wait-until.js';
import { App } from '../support/app.js';
import { Receiver } from '../support/receiver.js';
import { Authority, ENGINE_NAME, TlsEngine } from '../support/tls-engine.js';
import { createEngine, testFolder } from '../support/topology.js';
import type { TestEngine } from '../support/topology.js';

describe('an engine that demands a certificate', () => {
  const folder = testFolder();
  const apps: App[] = [];
  let engine: TestEngine;
  let gate: TlsEngine;
  let receiver: Receiver;
  let authority: Authority;
  let common: Record<string, string>;

  beforeAll(async () => {
    authority = await Authority.create('authority.test');
    [engine, receiver] = await Promise.all([
      createEngine({ dataDir: folder, topology: 'embedded' }),
      Receiver.start(),
    ]);
    await engine.start();
    gate = await TlsEngine.start(engine.address, await authority.issue(ENGINE_NAME), authority);
    common = {
      ...{ TEMPORAL_ADDRESS: gate.address, TEMPORAL_TLS: 'true', TEMPORAL_TLS_SERVER_NAME: ENGINE_NAME },
      DELIVERY_ALLOW_CIDRS: '127.0.0.0/8',
    };
  });

  afterAll(async () => {
    await Promise.all(apps.map((app) => app.stop()));
    await Promise.all([gate.stop(), receiver.stop()]);
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(kind: 'server' | 'worker', name: string, env: Record<string, string>): Promise<App> {
    const app = await App[kind](name, folder, { ...common, ...env });
    apps.push(app);
    app.start();
    return app;
  }

  it('lets in server and worker with one, as files and as text, and nobody else', async () => {
    const [ofServer, ofWorker, ofStranger] = await Promise.all([
      authority.issue('server.test'),
      authority.issue('worker.test'),
      Authority.create('another.test').then((other) => other.issue('stranger.test')),
    ]);
    const files = {
      key: join(folder, 'key.pem'),
      cert: join(folder, 'cert.pem'),
      ca: join(folder, 'ca.pem'),
    };
    writeFileSync(files.key, ofServer.key);
    writeFileSync(files.cert, ofServer.cert);
    writeFileSync(files.ca, authority.cert);
    const stranger = await start('server', 'stranger', {
      TEMPORAL_TLS_CLIENT_CERT_DATA: ofStranger.cert,
      TEMPORAL_TLS_CLIENT_KEY_DATA: ofStranger.key,
      TEMPORAL_TLS_SERVER_CA_CERT_DATA: authority.cert,
    });
    const mistrustful = await start('server', 'mistrustful', {
      TEMPORAL_TLS_CLIENT_CERT_PATH: files.cert,
      TEMPORAL_TLS_CLIENT_KEY_PATH: files.key,
    });
    const server = await start('server', 'server', {
      TEMPORAL_TLS_CLIENT_CERT_PATH: files.cert,
      TEMPORAL_TLS_CLIENT_KEY_PATH: files.key,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: files.ca,
    });
    const worker = await start('worker', 'worker', {
      TEMPORAL_TLS_CLIENT_CERT_DATA: ofWorker.cert,
      TEMPORAL_TLS_CLIENT_KEY_DATA: ofWorker.key,
      TEMPORAL_TLS_SERVER_CA_CERT_DATA: authority.cert,
    });
    await Promise.all([server.ready(), worker.ready()]);
    const timer = { seconds: 1, url: receiver.url('/by-tls') };
    await supertest(server.url).post('/timers').send(timer).expect(201);
    await receiver.received('/by-tls', 1);
    expect([...gate.admitted].sort()).toEqual(['server.test', 'worker.test']);

    await waitUntil('others were refused', () => gate.refused > 1);
    for (const { url } of [stranger, mistrustful]) {
      await supertest(url).get('/health/ready').expect(503);
      await supertest(url).post('/timers').send(timer).expect(503);
    }
    expect(receiver.requests).toHaveLength(1);
  });
});
