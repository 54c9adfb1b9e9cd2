import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { Child } from '../../scripts/child.js';
import { ROOT } from '../../scripts/paths.js';
import { isFree } from '../../scripts/ports.js';
import { answers, waitUntil } from '../../scripts/wait-until.js';
import { LocalStart } from '../support/local-start.js';
import { Receiver } from '../support/receiver.js';

describe('npm start', () => {
  let local: LocalStart;
  let folder: string;
  let env: Record<string, string>;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await Receiver.start();
    local = await LocalStart.prepare({ ADMIN_TOKEN: 'a-token-of-at-least-24-characters' });
    ({ folder, env } = local);
  });

  afterAll(async () => {
    await local?.stop();
    await receiver?.stop();
  });

  it('starts everything, says where it is, stops it in order on Ctrl-C, and finds the timers again', async () => {
    const first = await local.start();
    expect(local.output).toContain(`http://127.0.0.1:${env.PORT}/api-docs`);
    expect(local.output).toContain(`http://127.0.0.1:${env.TEMPORAL_UI_PORT}`);
    expect(local.output).toContain(join(folder, 'data'));
    expect(local.output).toMatch(/curl -i .* -d '\{"seconds": 10/);
    const url = receiver.url('/second-start');
    const { body } = await supertest(`http://127.0.0.1:${env.PORT}`)
      .post('/timers')
      .send({ seconds: 12, url })
      .expect(201);

    // Tenants are there, and the key for their secrets is for nobody else to read.
    await supertest(`http://127.0.0.1:${env.PORT}`).get('/tenants').expect(401);
    expect(statSync(join(folder, 'data/secrets.key')).mode & 0o777).toBe(0o600);

    // Mail goes to the mailbox, which keeps it.
    expect(local.output).toContain(`Mailbox      http://127.0.0.1:${env.MAILBOX_PORT}`);
    await supertest(`http://127.0.0.1:${env.PORT}`)
      .put('/job-alerts')
      .send({ webhooks: [], emails: ['oncall@example.com'] })
      .expect(200);
    await supertest(`http://127.0.0.1:${env.PORT}`)
      .post('/emails')
      .send({ to: 'b@example.com', subject: 'Kept', text: 'Hi' })
      .expect(201);
    const messages = () => supertest(`http://127.0.0.1:${env.MAILBOX_PORT}`).get('/messages').expect(200);
    await waitUntil('the mail is there', async () => (await messages()).body.data.length === 1);

    first.signal('SIGINT');
    expect(await first.exited).toBe('code 0');
    expect(local.output).toContain('Stopping: server, worker, mailbox, PostgreSQL, engine.');
    for (const port of local.ports) expect(await isFree('127.0.0.1', port)).toBe(true);

    await local.start();
    const [request] = await receiver.received('/second-start', 1);
    expect(request?.headers['webhook-id']).toBe(body.id);
    expect(request?.atMs).toBeGreaterThanOrEqual(Date.parse(body.fire_at));
    expect((await messages()).body.data).toMatchObject([{ to: ['b@example.com'], subject: 'Kept' }]);
  });

  it('says which port is in use and which variable changes it', async () => {
    const second = new Child('second', process.execPath, [LocalStart.script], {
      env,
      logFile: join(folder, 'second.log'),
    });
    expect(await second.exited).toBe('code 1');
    const said = readFileSync(join(folder, 'second.log'), 'utf8');
    expect(said).toContain(`Port ${env.PORT} on 127.0.0.1 is in use by another process`);
    expect(said).toContain('set PORT to another port');
    expect(said).not.toMatch(/^ +at /m);
  });

  it('leaves nothing behind when it is killed', async () => {
    await local.kill();
    await waitUntil('every port is free', async () => {
      const free = await Promise.all(local.ports.map((port) => isFree('127.0.0.1', port)));
      return free.every(Boolean);
    });
  });

  it('leaves no engine behind when the process that has started it is killed', async () => {
    const engine = new Child('engine', process.execPath, [join(ROOT, 'dist/scripts/engine.js')], {
      env: { ...env, DATA_DIR: join(folder, 'killed-engine') },
      logFile: join(folder, 'killed-engine.log'),
    });
    await waitUntil('the engine answers', () => answers(`http://127.0.0.1:${env.TEMPORAL_UI_PORT}`), {
      timeoutMs: 60_000,
    });
    await engine.kill();
    await waitUntil('its port is free', () => isFree('127.0.0.1', Number(env.TEMPORAL_PORT)));
  });

  it('goes on without tenants where PostgreSQL cannot run', async () => {
    env.DATA_DIR = join(folder, 'no-postgres');
    mkdirSync(env.DATA_DIR);
    writeFileSync(join(env.DATA_DIR, 'database'), 'in the way');
    const child = await local.start();
    expect(local.output).toContain('There will be no tenants, API keys, signatures and flows');
    const url = receiver.url('/no-postgres');
    await supertest(`http://127.0.0.1:${env.PORT}`).post('/timers').send({ seconds: 1, url }).expect(201);
    await receiver.received('/no-postgres', 1);
    child.signal('SIGTERM');
    expect(await child.exited).toBe('code 0');
  });

  it('does not go on without a database that may have secrets: deliveries would go out unsigned', async () => {
    const dataDir = join(folder, 'broken-postgres');
    mkdirSync(join(dataDir, 'database/postgres'), { recursive: true });
    const log = join(folder, 'broken-postgres.log');
    const child = new Child('broken', process.execPath, [LocalStart.script], {
      env: { ...env, DATA_DIR: dataDir },
      logFile: log,
    });
    expect(await child.exited).toBe('code 1');
    const said = readFileSync(log, 'utf8');
    expect(said).toMatch(
      /PostgreSQL could not be started, see .*\. Secrets and flows may be kept there: mend it/,
    );
    expect(said).not.toContain('Timekeeper is running');
  });

  it.each([
    ['PORT', '0', 'PORT is "0", allowed is a port from 1 to 65535'],
    ['WHEEL_LEAD_MS', 'soon', 'WHEEL_LEAD_MS is "soon", allowed is a whole number from 0 to 60000'],
    ['DELIVERY_ALLOW_CIDRS', '10.0.0.0', 'DELIVERY_ALLOW_CIDRS is "10.0.0.0", allowed is networks such as'],
  ])('refuses a wrong %s with its name and what is allowed', async (name, value, message) => {
    const log = join(folder, `wrong-${name}.log`);
    const child = new Child('wrong', process.execPath, [LocalStart.script], {
      env: { ...env, [name]: value },
      logFile: log,
    });
    expect(await child.exited).toBe('code 1');
    expect(readFileSync(log, 'utf8')).toContain(message);
  });
});
