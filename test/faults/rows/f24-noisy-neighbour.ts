import { percentile } from '../../../bench/statistics.js';
import { newAdminToken, Operator, withApiKeys } from '../../support/accounts.js';
import { System } from '../../support/system.js';
import { Driver } from '../driver.js';
import type { Field, Row } from '../row.js';

const NOISE = 600;
const HANGING_HOST = 58;
/** The quiet tenant may be so many times as late as alone; what is this little is nobody's doing. */
const MOST_TIMES = 2;
const LITTLE_MS = 250;
const SCOPES = ['timers:read', 'timers:write', 'secrets:write'];

export const noisyNeighbour: Row = {
  id: 'F24',
  title:
    "One tenant's 600 timers go to a destination that hangs, another tenant is punctual (a system of its own)",
  async run(field) {
    const adminToken = newAdminToken();
    const { env, ...rest } = withApiKeys(adminToken, {
      DELIVERY_TIMEOUT_SECONDS: '10',
      // That slowed destinations hold up nobody is another matter.
      DESTINATION_SLOW_AFTER_SECONDS: '86400',
    });
    const system = await System.start({ ...rest, env, topology: 'postgres', workers: 2 });
    try {
      const operator = new Operator(system, adminToken);
      const [noisy, quiet] = [
        await tenant(field, system, operator, 'noisy'),
        await tenant(field, system, operator, 'quiet'),
      ];
      const alone = await lateness(field, quiet);
      const hanging = Array.from({ length: NOISE }, () => ({
        url: field.url('do=hang', HANGING_HOST),
        ...{ seconds: 5, ends: 'failed' as const, more: { retry: { max_attempts: 1 } } },
      }));
      for (let from = 0; from < NOISE; from += 300) await noisy.setBatch(hanging.slice(from, from + 300));
      await field.pause(5_000);
      const beside = await lateness(field, quiet);
      field.notes.push(`lateness of the quiet tenant, p99: alone ${alone} ms, beside the noise ${beside} ms`);
      const mostMs = Math.max(MOST_TIMES * alone, LITTLE_MS);
      field.expect(`the quiet tenant is at most ${mostMs} ms late (p99 ${beside})`, beside <= mostMs);
      await Promise.all([noisy.settle(240_000), quiet.settle(30_000)]);
    } finally {
      await system.stop();
    }
  },
};

async function tenant(field: Field, system: System, operator: Operator, id: string): Promise<Driver> {
  await operator.tenant(id);
  const { key } = await operator.key(id, SCOPES);
  // No secrets of these tenants: their requests are signed for, so that the receiver knows them.
  const driver = new Driver(system.servers, field.logs.driver, field.random, {
    authorization: `Bearer ${key}`,
  });
  const { status } = await driver.ask('POST', '/signing-secrets', { secret: field.stage.receiver.secret });
  field.expect(`the secret of ${id} is stored (${status})`, status === 201);
  return driver;
}

/** Sends a hundred timers, and says how late they were. */
async function lateness(field: Field, driver: Driver): Promise<number> {
  const timers = field.spread(100, 3, 9, '');
  await driver.setAll(timers);
  await driver.settle(60_000);
  const dueMs = new Map(timers.map(({ url, fireAt }) => [new URL(url).pathname, Number(fireAt)]));
  const late = field.requests().flatMap(({ path, wallMs }) => {
    const due = dueMs.get(path);
    return due === undefined ? [] : wallMs - due;
  });
  return Math.round(percentile(late, 0.99));
}
