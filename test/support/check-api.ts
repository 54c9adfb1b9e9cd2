import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../../scripts/child.js';
import { EMAIL_BLAST_EXAMPLE } from '../../apps/server/src/blasts/create-blast.dto.js';
import { BOOKING_EXAMPLE } from '../../apps/server/src/bookings/bookings.dto.js';
import { EMAIL_EXAMPLE } from '../../apps/server/src/emails/emails.dto.js';
import { JOB_EXAMPLE } from '../../apps/server/src/jobs/jobs.dto.js';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { newAdminToken, Operator, withApiKeys } from './accounts.js';
import { System } from './system.js';

const SCOPES = [
  ...['timers:read', 'timers:write', 'schedules:read', 'schedules:write'],
  ...['jobs:read', 'jobs:write', 'emails:read', 'emails:write', 'secrets:write'],
  ...['blasts:read', 'blasts:write'],
  ...['templates:read', 'templates:write', 'suppressions:read', 'suppressions:write'],
  ...['bookings:read', 'bookings:write', 'webhook-endpoints:read', 'webhook-endpoints:write'],
];
const URL = 'https://example.com/hooks/{id}';

interface Thing {
  path: string;
  body: (index: number) => object;
}

/** Where things are made that have an id, and what they are made of. */
const THINGS: Record<string, Thing> = {
  timers: { path: '/timers', body: () => ({ hours: 1, url: URL }) },
  schedules: { path: '/schedules', body: () => ({ every: 'PT1H', url: URL }) },
  'signing-secrets': { path: '/signing-secrets', body: (index) => ({ host: `${index}.example.com` }) },
  operations: { path: '/timers/redeliver', body: () => ({ all: true }) },
  emails: { path: '/emails', body: () => ({ ...EMAIL_EXAMPLE, delay: 'PT1H' }) },
  blasts: { path: '/blasts', body: () => EMAIL_BLAST_EXAMPLE },
  bookings: { path: '/bookings', body: () => BOOKING_EXAMPLE },
  'webhook-endpoints': { path: '/webhook-endpoints', body: () => ({ url: 'https://example.com/hooks' }) },
  jobs: { path: '/jobs', body: () => ({ ...JOB_EXAMPLE, delay: 'PT1H' }) },
};

/** Of each: so many that some are left when others were deleted. */
const THINGS_EACH = 10;

/** What each run is of. The operator's routes come last, because they take tenants and keys away. */
const RUNS = [
  ['--exclude-tag', 'tenants', '--exclude-tag', 'providers'],
  ['--include-tag', 'tenants', '--include-tag', 'providers', '--auth-wfc-user', 'operator'],
];

const [adminToken, codecToken] = [newAdminToken(), newAdminToken()];
const system = await System.start({
  ...withApiKeys(adminToken, {
    ...{ CODEC_TOKEN: codecToken, PAYLOAD_KEYS: `k1:${'A'.repeat(43)}=` },
    // Whoever tries wrong keys on every route is to see what these answer.
    FAILED_LOGINS_PER_MINUTE: '0',
    // E-mails are accepted, and nobody is there to take them.
    SMTP_URL: 'smtp://127.0.0.1:9',
  }),
  // What is made up here is to reach nobody: no delivery goes to the ports of the web.
  workerEnv: { DELIVERY_ALLOW_PORTS: '9' },
});
try {
  copyFileSync(join(ROOT, 'test/support/schemathesis.toml'), join(system.folder, 'schemathesis.toml'));
  const [acme, other] = [await tenantWithKey('acme'), await tenantWithKey('other')];
  writeIdentities({ acme, codec: codecToken, other, operator: adminToken });
  await waitUntil('the job types are published', async () => {
    const { body } = await system.api().get('/job-types').auth(acme, { type: 'bearer' });
    return ((body as { data?: unknown[] }).data?.length ?? 0) > 0;
  });
  for (const [name, thing] of Object.entries(THINGS)) await writeIds(name, thing, acme);
  await writeRecipients(acme);
  for (const which of RUNS) if (!(await passes(which))) process.exitCode = 1;
} finally {
  await system.stop();
}

/** What is given to this script goes to Schemathesis as well. */
async function passes(which: string[]): Promise<boolean> {
  const args = ['run', `${system.server.url}/api-docs-json`, ...which, ...process.argv.slice(2)];
  const run = new Child('schemathesis', 'schemathesis', args, { cwd: system.folder });
  return (await run.exited) === 'code 0';
}

async function tenantWithKey(tenant: string): Promise<string> {
  const operator = new Operator(system, adminToken);
  await operator.tenant(tenant);
  return (await operator.key(tenant, SCOPES)).key;
}

/** Who asks, in the order in which they are tried on a route. */
function writeIdentities(tokens: Record<string, string>): void {
  const auth = Object.entries(tokens).map(([name, token]) => ({
    name,
    fixedHeaders: [{ name: 'Authorization', value: `Bearer ${token}` }],
  }));
  writeFileSync(join(system.folder, 'auth.json'), JSON.stringify({ auth }));
}

/** A blast of its own, so that its recipients are not gone when others were deleted. */
async function writeRecipients(key: string): Promise<void> {
  const { body: blast } = await system
    .api()
    .post('/blasts')
    .auth(key, { type: 'bearer' })
    .send(EMAIL_BLAST_EXAMPLE)
    .expect(201);
  const { id } = blast as { id: string };
  const recipients = system.api().post(`/blasts/${id}/recipients`).auth(key, { type: 'bearer' });
  const lines = Array.from({ length: THINGS_EACH }, (_, n) => `{"address":"${n}@example.com"}\n`);
  await recipients.set('content-type', 'application/x-ndjson').send(lines.join('')).expect(200);
  const { body } = await system
    .api()
    .get(`/blasts/${id}/recipients`)
    .auth(key, { type: 'bearer' })
    .expect(200);
  writeDictionary('blasts-with-recipients', [id]);
  writeDictionary(
    'recipients',
    (body as { data: { n: number }[] }).data.map(({ n }) => String(n)),
  );
}

async function writeIds(name: string, { path, body: bodyOf }: Thing, key: string): Promise<void> {
  const ids: string[] = [];
  while (ids.length < THINGS_EACH) {
    const request = system.api().post(path).auth(key, { type: 'bearer' });
    const { ok, text, body } = await request.send(bodyOf(ids.length));
    if (!ok) throw new Error(`POST ${path} was answered with ${text}`);
    ids.push((body as { id: string }).id);
  }
  writeDictionary(name, ids);
}

function writeDictionary(name: string, values: string[]): void {
  writeFileSync(join(system.folder, `${name}.dict`), values.map((value) => `"${value}"\n`).join(''));
}
