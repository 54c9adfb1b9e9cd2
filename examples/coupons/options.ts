import { parseArgs } from 'node:util';

export interface Options {
  users: number;
  /** Kill workers at random meanwhile. */
  kill: boolean;
  /** A Timekeeper that is running, instead of one of the example's own. */
  running?: { url: string; key?: string; databaseUrl: string };
  tenant: string;
}

const MAX_USERS = 10_000_000;

export const USAGE = `npm run example:coupons -- [options]

  --users N         Users to seed and to give a coupon; 100000 unless said otherwise
  --kill            Kill workers at random meanwhile, with kill -9
  --api URL         Use the Timekeeper that runs there, not one of the example's own
  --database URL    Its PostgreSQL; required with --api
  --key KEY         API key for it, where keys are on
  --tenant ID       Whose users they are; the tenant of the key, "default" without one`;

/** From the command line. Throws a `RangeError` that says what is wrong. */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      users: { type: 'string', default: '100000' },
      kill: { type: 'boolean', default: false },
      api: { type: 'string' },
      database: { type: 'string' },
      key: { type: 'string' },
      tenant: { type: 'string', default: 'default' },
    },
  });
  const { kill, api, database, key, tenant } = values;
  const users = Number(values.users);
  if (!Number.isInteger(users) || users < 1 || users > MAX_USERS) {
    throw new RangeError(`--users is "${values.users}", allowed is a whole number from 1 to ${MAX_USERS}`);
  }
  if ((api === undefined) !== (database === undefined))
    throw new RangeError('--api and --database go together');
  if (!api || !database) return { users, kill, tenant };
  if (kill) throw new RangeError("--kill is for workers of the example's own, not with --api");
  return { users, kill, tenant, running: { url: api.replace(/\/$/, ''), key, databaseUrl: database } };
}
