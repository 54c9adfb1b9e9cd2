import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { ROOT } from '../../scripts/paths.js';
import { freePort } from '../../scripts/ports.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { Groups } from '../support/groups.js';
import { JOB_TYPES, Jobs } from '../support/jobs.js';
import { Mailbox } from '../support/mailbox.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

/** Told only when it has happened. */
const RARE = [
  ...['temporal_request_failure_total', 'temporal_activity_execution_failed_total'],
  ...['temporal_workflow_task_execution_failed_total', 'timekeeper_attempts_lost_total'],
];

describe('metrics for Prometheus', () => {
  const ports = { METRICS_PORT: '', WORKER_METRICS_PORT: '' };
  let system: System;
  let receiver: Receiver;
  let mailbox: Mailbox;

  beforeAll(async () => {
    [receiver, mailbox] = await Promise.all([Receiver.start(), Mailbox.start()]);
    for (const name of ['METRICS_PORT', 'WORKER_METRICS_PORT'] as const) ports[name] = `${await freePort()}`;
    system = await System.start({
      database: true,
      env: {
        ...ports,
        SMTP_URL: mailbox.url,
        WORKER_JOB_TYPES: JOB_TYPES,
        TENANT_TASK_QUEUES: 'acme=timers-acme',
      },
    });
  }, 180_000);

  afterAll(async () => {
    await system?.stop();
    await Promise.all([receiver?.stop(), mailbox?.stop()]);
  });

  const read = async (port: string): Promise<string> =>
    (await supertest(`http://127.0.0.1:${port}`).get('/metrics').expect(200)).text;
  /** The value of the sample that has this name and all these labels. */
  const sample = (text: string, name: string, labels: Record<string, string> = {}): number => {
    const line = text
      .split('\n')
      .find(
        (each) =>
          each.replace(/[{ ].*/, '') === name &&
          Object.entries(labels).every(([label, value]) => each.includes(`${label}="${value}"`)),
      );
    return Number(line?.split(' ').at(-1));
  };

  it('tell of requests by their route, never by their path', async () => {
    const { id } = await system.post({ hours: 1, url: receiver.url('/later') });
    await system.get(id);
    await system.api().get('/nothing/here').expect(404);
    const text = await read(ports.METRICS_PORT);
    const count = 'timekeeper_http_request_duration_seconds_count';
    expect(sample(text, count, { method: 'POST', route: '/timers', status: '201' })).toBe(1);
    expect(sample(text, count, { method: 'GET', route: '/timers/:id', status: '200' })).toBe(1);
    expect(sample(text, count, { route: 'none', status: '404' })).toBe(1);
    expect(text).not.toContain(id);
    expect(text).not.toContain('/nothing/here');
  });

  it('tell how many timers are pending, and that a worker asks for tasks', async () => {
    await system.post({ hours: 1, url: receiver.url('/later') });
    await waitUntil('the engine has counted them', async () => {
      return sample(await read(ports.METRICS_PORT), 'timekeeper_timers_pending') === 2;
    });
    const text = await read(ports.METRICS_PORT);
    const queue = { task_queue: 'timers', kind: 'activity' };
    expect(sample(text, 'timekeeper_task_queue_pollers', queue)).toBeGreaterThan(0);
    expect(sample(text, 'timekeeper_task_queue_backlog', queue)).toBe(0);
    expect(sample(text, 'timekeeper_task_queue_pollers', { ...queue, task_queue: 'timers-acme' })).toBe(0);
    expect(sample(text, 'timekeeper_job_alerts', { status: 'failed' })).toBe(0);
    expect(sample(text, 'timekeeper_jobs_open', { status: 'running' })).toBe(0);
    expect(sample(text, 'timekeeper_blasts', { status: 'paused' })).toBe(0);
  });

  it('tell of timers that are long due and that nobody begins', async () => {
    expect(sample(await read(ports.METRICS_PORT), 'timekeeper_timer_groups_overdue')).toBe(0);
    const overdue = { url: receiver.url('/nobody'), dueMs: Date.now() - 120_000 };
    await Groups.of(system).start([overdue], 'acme', { acme: 'timers-acme' });
    await waitUntil('the engine has counted it', async () => {
      return sample(await read(ports.METRICS_PORT), 'timekeeper_timer_groups_overdue') === 1;
    });
    const waiting = { task_queue: 'timers-acme', kind: 'workflow' };
    const backlog = async () =>
      sample(await read(ports.METRICS_PORT), 'timekeeper_task_queue_backlog', waiting);
    await waitUntil('it waits in its queue, which nobody serves', async () => (await backlog()) === 1);
  });

  it('tell of attempts, what came of them, and how late they began', async () => {
    await system.post({ seconds: 0, url: receiver.url('/now') });
    await receiver.received('/now', 1);
    const attempts = { channel: 'webhook', outcome: 'delivered', error: 'none' };
    await waitUntil('the worker has counted it', async () => {
      return sample(await read(ports.WORKER_METRICS_PORT), 'timekeeper_attempts_total', attempts) === 1;
    });
    const text = await read(ports.WORKER_METRICS_PORT);
    const first = { channel: 'webhook', attempt: 'first' };
    // Set before, and since: it counts what came to be so.
    await waitUntil('the worker has counted the statuses', async () => {
      const now = await read(ports.WORKER_METRICS_PORT);
      return sample(now, 'timekeeper_timers_total', { status: 'delivered' }) === 1;
    });
    expect(sample(text, 'timekeeper_delivery_lateness_seconds_count', first)).toBe(1);
  });

  it('tell what a worker has in hand', async () => {
    let answer: () => void = () => undefined;
    receiver.answer('/held', (_request, response) => void (answer = () => response.end()));
    await system.post({ seconds: 0, url: receiver.url('/held') });
    await receiver.received('/held', 1);
    const text = await read(ports.WORKER_METRICS_PORT);
    expect(sample(text, 'timekeeper_requests_in_flight')).toBe(1);
    expect(sample(text, 'timekeeper_requests_waiting')).toBe(0);
    expect(sample(text, 'timekeeper_windows_held')).toBe(1);
    answer();
    await waitUntil('it has nothing in hand', async () => {
      const now = await read(ports.WORKER_METRICS_PORT);
      return ['requests_in_flight', 'windows_held'].every((name) => sample(now, `timekeeper_${name}`) === 0);
    });
  });

  it('tell of e-mails, and not of attempts that reached nobody how late they were', async () => {
    const mail = { to: 'ada@example.com', subject: 'Hello', text: 'Hi' };
    await system.api().post('/emails').send(mail).expect(201);
    await system.post({ seconds: 0, url: `http://127.0.0.1:${await freePort()}/nobody` });
    const text = await waitUntil('both attempts are counted', async () => {
      const now = await read(ports.WORKER_METRICS_PORT);
      const sent = sample(now, 'timekeeper_attempts_total', { channel: 'email', outcome: 'delivered' });
      const refused = sample(now, 'timekeeper_attempts_total', { channel: 'webhook', error: 'connect' });
      return sent === 1 && refused === 1 && now;
    });
    const lateness = (channel: string) =>
      sample(text, 'timekeeper_delivery_lateness_seconds_count', { channel, attempt: 'first' });
    expect({ email: lateness('email'), webhook: lateness('webhook') }).toEqual({ email: 1, webhook: 2 });
  });

  it('tell of jobs and their groups', async () => {
    const jobs = new Jobs(system);
    await jobs.published('ordered');
    const id = await jobs.start('ordered', { url: receiver.url('/job') });
    await jobs.reached(id, 'succeeded');
    await waitUntil('the worker has counted them', async () => {
      const text = await read(ports.WORKER_METRICS_PORT);
      const ended = (name: string) => sample(text, name, { status: 'succeeded' });
      return ended('timekeeper_jobs_total') === 1 && ended('timekeeper_job_groups_total') > 0;
    });
  });

  it('tell of the alert of a job whose webhook nobody takes', async () => {
    const failed = async () =>
      sample(await read(ports.METRICS_PORT), 'timekeeper_job_alerts', { status: 'failed' });
    expect(await failed()).toBe(0);
    receiver.answer('/deaf', (_request, response) => response.writeHead(410).end());
    await new Jobs(system).start(
      'failing',
      { url: receiver.url('/fails'), failures: 1, final: true },
      { alerts: { webhooks: [receiver.url('/deaf')] } },
    );
    await waitUntil('the alert has failed', async () => (await failed()) === 1);
  }, 60_000);

  it('tell what the SDK measures of a worker', async () => {
    const text = await read(ports.WORKER_METRICS_PORT);
    expect(sample(text, 'temporal_worker_task_slots_available')).toBeGreaterThan(0);
    expect(sample(text, 'process_cpu_seconds_total')).toBeGreaterThan(0);
  });

  const promQl = expressions();

  it('are there, all that dashboards and alerts ask for', async () => {
    const texts = await Promise.all(Object.values(ports).map(read));
    const there = new Set(RARE);
    for (const [, name = '', kind] of texts.join('\n').matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
      if (kind !== 'histogram') there.add(name);
      else for (const part of ['bucket', 'sum', 'count']) there.add(`${name}_${part}`);
    }
    const asked = promQl.flatMap((each) => each.match(/\b(?:timekeeper|temporal|process|nodejs)_\w+/g) ?? []);
    expect(asked.length).toBeGreaterThan(20);
    expect([...new Set(asked)].filter((name) => !there.has(name))).toEqual([]);
  });

  // Only machines that test for others must have the tool.
  const hasTool = process.env.CI === 'true' || !spawnSync('promtool', ['--version']).error;
  (hasTool ? it : it.skip)('are as Prometheus wants them', async () => {
    const check = async (port: string) =>
      spawnSync('promtool', ['check', 'metrics'], { input: await read(port), encoding: 'utf8' });
    for (const port of Object.values(ports)) {
      const { error, stdout, stderr } = await check(port);
      expect({ error, said: stdout + stderr }).toEqual({ error: undefined, said: '' });
    }
  });

  (hasTool ? it : it.skip)('are asked for by dashboards as Prometheus understands it', () => {
    const rules = promQl.map((expr, index) => ({ record: `dashboard:expression_${index}`, expr }));
    const file = join(system.folder, 'rules.yml');
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboards', rules }] }));
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
    rmSync(file);
    expect({ status, said: stdout + stderr }).toMatchObject({ status: 0 });
  });

  it('tell of attempts of which no worker has told what came of them', async () => {
    receiver.answer('/silent', (_request, response, count) => void (count > 1 && response.end()));
    const dueMs = Date.now();
    const [silent, beside] = await Groups.of(system).start([
      { url: receiver.url('/silent'), dueMs, timeoutMs: 3_000, retryDelaysMs: [0] },
      { url: receiver.url('/beside-it'), dueMs: dueMs + 4_000 },
    ]);
    await receiver.received('/silent', 1);
    // It is in flight, and its window is given back for the other one; then its worker is gone.
    await system.api().patch(`/timers/${beside?.id}`).send({ hours: 1 }).expect(200);
    await system.worker.kill();
    system.worker.start();
    await receiver.received('/silent', 2, 60_000);
    const { body: attempts } = await system.api().get(`/timers/${silent?.id}/attempts`).expect(200);
    expect((attempts.data as object[])[0]).toMatchObject({ number: 1, error: 'lost' });
    const text = await read(ports.WORKER_METRICS_PORT);
    expect(sample(text, 'timekeeper_attempts_lost_total', { workflow_type: 'timers' })).toBe(1);
  }, 90_000);

  it('are not there for those who may use the API', async () => {
    await system.api().get('/metrics').expect(404);
  });
});

/** What dashboards and alerts ask Prometheus. */
function expressions(): string[] {
  const folder = join(ROOT, 'deploy/grafana/dashboards');
  interface Dashboard {
    panels: { targets?: { expr: string }[] }[];
  }
  const dashboards = readdirSync(folder).map(
    (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Dashboard,
  );
  const ofPanels = dashboards.flatMap(({ panels }) =>
    panels.flatMap(({ targets = [] }) =>
      targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m')),
    ),
  );
  const alerts = readFileSync(join(ROOT, 'deploy/prometheus/alerts.yml'), 'utf8');
  // Of one line, or of those that are further in than their name.
  const ofAlerts = [...alerts.matchAll(/^ {8}expr: (?:\|\n((?: {10}.*\n)+)|(.*)\n)/gm)];
  return [...ofPanels, ...ofAlerts.map(([, lines, line]) => (lines ?? line ?? '').trim())];
}
