import { isIP } from 'node:net';

/** One environment variable: what it means, what it is when it is not set, and what it may be. */
export interface Variable<T> {
  description: string;
  /** As it would be written in the environment; empty where nothing is set. */
  fallback: string;
  allowed: string;
  /** Never to be shown, not even when it is wrong. */
  secret?: boolean;
  /** Undefined if the text is not allowed. */
  parse: (text: string) => T | undefined;
}

/** More attempts than this would make the history of a full group too long. */
const MAX_ITEMS = 20;
/** What PostgreSQL has room for in an integer. */
const MAX_QUOTA = 2_147_483_647;

export const VARIABLES = {
  HOST: text('Address that server and worker listen on', '127.0.0.1'),
  PORT: port('Port of the API', 3000),
  WORKER_PORT: port("Port of the worker's health routes", 3001),
  LOG_LEVEL: oneOf(
    'Least important level to log',
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
    'info',
  ),
  LOG_FORMAT: oneOf(
    'Form of the log; auto: pretty in a terminal, else json',
    ['auto', 'json', 'pretty'] as const,
    'auto',
  ),
  SHUTDOWN_GRACE_SECONDS: integer(
    'Time from SIGTERM to the end of requests and deliveries in flight',
    25,
    1,
    600,
  ),

  TEMPORAL_ADDRESS: text(
    'Host and port of the engine (more TEMPORAL_ variables: see docs/operating.md)',
    'localhost:7233',
  ),
  TEMPORAL_NAMESPACE: text("The engine's namespace that everything lives in", 'default'),
  TEMPORAL_PREPARE_NAMESPACE: boolean(
    'Create namespace and search attributes and set the retention at start',
    true,
  ),
  RETENTION_DAYS: integer('How long the engine keeps what has ended', 30, 1, 36_500),

  PAYLOAD_KEYS: payloadKeys(
    'Keys that encrypt what the engine stores; the first encrypts, each decrypts, none: nothing is encrypted',
  ),
  CODEC_TOKEN: token(
    'What the routes ask for that decrypt for the Temporal UI and CLI; empty: there are no such routes',
  ),
  CODEC_ALLOW_ORIGIN: origin('Where the Temporal UI is, that may call these routes out of a browser'),
  DATABASE_URL: databaseUrl('PostgreSQL for tenants, API keys, secrets and flows; empty: there is none'),
  SECRETS_KEY: key('What secrets in the database are sealed with; required with DATABASE_URL'),
  API_KEYS: oneOf(
    'Whether requests need an API key; off: all belongs to the tenant `default`',
    ['off', 'on'] as const,
    'off',
  ),
  ADMIN_TOKEN: token('Bearer token of the admin routes; empty: there are none. Required with API_KEYS=on'),
  FAILED_LOGINS_PER_MINUTE: integer(
    'Wrong keys and tokens that are answered for one address; 0: any number',
    20,
    0,
    100_000,
  ),
  TRUSTED_PROXIES: cidrs('Proxies that are believed, in X-Forwarded-For, from which address a request comes'),
  QUOTA_PENDING_TIMERS: quota(
    'Timers that a tenant may have pending, where it has no quota of its own',
    100_000,
  ),
  QUOTA_CREATES_PER_SECOND: quota('Timers that a tenant may create per second and server, likewise', 0),
  QUOTA_PAYLOAD_BYTES: quota('Size of what one timer sends, likewise', 0),

  BODY_LIMIT_BYTES: integer('Largest body of a request', 262_144, 1_024, 1_048_576),
  BATCH_BODY_LIMIT_BYTES: integer('Largest body of a batch of timers', 8_388_608, 1_024, 67_108_864),
  HORIZON_DAYS: integer('How far ahead a timer may be set', 3_653, 1, 36_500),
  GROUP_COMMIT_STARTS: integer(
    'Workflow starts of one tenant that a server has under way at a time',
    4,
    1,
    100,
  ),

  WHEEL_LEAD_MS: integer('A window of timers is opened this long before the first is due', 2_000, 0, 60_000),
  WHEEL_WIDTH_MS: integer('A window takes timers that are due this long after the lead', 3_000, 0, 60_000),
  RETRY_DELAYS_SECONDS: integers(
    'Times from a failed attempt to the next one, each ±20 %; after the last the timer has failed',
    [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000],
    0,
    2_592_000,
  ),
  DELIVERY_TIMEOUT_SECONDS: integer('Time limit of one request to a destination, in all', 30, 1, 300),
  DELIVERY_ALLOW_CIDRS: cidrs('Addresses that deliveries may go to though they are not public'),
  DELIVERY_ALLOW_HOSTS: hosts('Hosts that deliveries may go to wherever their names point to'),
  DELIVERY_ALLOW_PORTS: ports(
    'The only ports that deliveries may go to; empty: all but those known for something else than HTTP',
  ),
  DELIVERY_CONCURRENCY: integer('Requests that a worker has under way at a time', 1_000, 1, 10_000),
  DELIVERY_CONCURRENCY_PER_DESTINATION: integer('The same of one tenant to one destination', 100, 1, 10_000),
  DELIVERY_TENANT_SHARE: integer(
    'Percentage of those requests that may be of one tenant while others have none; 100 where there is one tenant only',
    50,
    1,
    100,
  ),

  DESTINATION_SLOW_AFTER_SECONDS: integer(
    'A destination is slowed once it has failed for so long; sooner only if it says that it is too much',
    30,
    0,
    86_400,
  ),
  DESTINATION_PAUSE_AFTER_SECONDS: integer(
    'A destination that has failed for so long without a success is paused',
    1_800,
    1,
    604_800,
  ),
  DESTINATION_PROBE_SECONDS: integer('From one probe of a paused destination to the next', 300, 1, 86_400),
  DESTINATION_QUIET_SECONDS: integer(
    'A slowed destination is healthy again after so long without a failure',
    60,
    1,
    86_400,
  ),

  TENANT_TASK_QUEUES: pairs('Task queues of the engine for single tenants, such as acme=timers-acme'),
  WORKER_TASK_QUEUES: names('Task queues that the worker serves', ['timers']),
  WORKER_WORKFLOW_POLLERS: integer('Calls that wait for workflow tasks at a time', 40, 2, 500),
  WORKER_ACTIVITY_POLLERS: integer('Calls that wait for windows at a time', 20, 1, 500),
  WORKER_WINDOWS: integer('Windows that a worker holds at a time', 5_000, 1, 100_000),
  WORKER_CACHED_WORKFLOWS: integer('Groups of timers that a worker keeps in memory', 500, 0, 100_000),

  JOB_TASK_QUEUES: pairs(
    'Task queues of the engine for the jobs of single tenants, or of global ones, such as acme=jobs-acme,global=jobs-global',
  ),
  WORKER_JOB_TASK_QUEUES: names('Task queues of jobs that the worker serves', ['jobs']),
  WORKER_JOB_GROUPS: integer('Groups of steps that a worker runs at a time, on each of these', 50, 1, 10_000),
  WORKER_JOB_POLLERS: integer(
    'Calls that wait for tasks of jobs at a time, for each kind of task',
    10,
    2,
    500,
  ),
  WORKER_GROUP_TASK_QUEUES: counts(
    'Task queues that single groups name, and how many of each the worker runs at a time, such as crm=2; empty: ' +
      'all that its job types name, with WORKER_JOB_GROUPS each',
  ),
  WORKER_JOB_TYPES: paths('Modules that export job types, beside those that ship with the worker'),
  SMTP_URL: smtpUrl(
    'Server that mail is given to, such as smtp://user:password@host:587; empty: none is sent',
  ),
  MAIL_FROM: text('Sender of mail', 'Timekeeper <timekeeper@localhost>'),

  TEMPORAL_PORT: port('Port of the engine that npm start and npm run engine start', 7233),
  TEMPORAL_UI_PORT: port("Port of that engine's UI", 8080),
  DATABASE_PORT: port('Port of the PostgreSQL that npm start starts', 5433),
  DATA_DIR: text('Where engine and PostgreSQL keep their data', './data'),
  POSTGRES_PORT: port('Port of the PostgreSQL that npm run topology starts', 5432),
  POSTGRES_PASSWORD: text(
    "Password of the engine's PostgreSQL, in docker-compose.yml and npm run topology",
    'timekeeper',
  ),
} satisfies Record<string, Variable<unknown>>;

export type Env = {
  [K in keyof typeof VARIABLES]: Exclude<ReturnType<(typeof VARIABLES)[K]['parse']>, undefined>;
};

function text(description: string, fallback: string): Variable<string> {
  return { description, fallback, allowed: 'a text that is not empty', parse: (value) => value || undefined };
}

function port(description: string, fallback: number): Variable<number> {
  return { ...integer(description, fallback, 1, 65_535), allowed: 'a port from 1 to 65535' };
}

function integer(description: string, fallback: number, min: number, max: number): Variable<number> {
  return {
    description,
    fallback: String(fallback),
    allowed: `a whole number from ${min} to ${max}`,
    parse: (value) => parseInteger(value, min, max),
  };
}

function integers(description: string, fallback: number[], min: number, max: number): Variable<number[]> {
  return {
    description,
    fallback: fallback.join(','),
    allowed: `1 to ${MAX_ITEMS} whole numbers from ${min} to ${max}, separated by commas`,
    parse: (value) => {
      const items = value.split(',').map((item) => parseInteger(item.trim(), min, max));
      return items.length > MAX_ITEMS ? undefined : all(items);
    },
  };
}

function boolean(description: string, fallback: boolean): Variable<boolean> {
  const values: Record<string, boolean> = { true: true, false: false };
  return {
    description,
    fallback: String(fallback),
    allowed: 'true or false',
    parse: (value) => values[value],
  };
}

function oneOf<const T extends string>(
  description: string,
  values: readonly T[],
  fallback: NoInfer<T>,
): Variable<T> {
  const parse = (value: string) => values.find((allowed) => allowed === value);
  return { description, fallback, allowed: `one of ${values.join(', ')}`, parse };
}

function names(description: string, fallback: string[]): Variable<string[]> {
  return {
    description,
    fallback: fallback.join(','),
    allowed: 'names of letters, digits, dots, dashes and underscores, separated by commas',
    parse: (value) => all(value.split(',').map((item) => parseName(item.trim()))),
  };
}

function pairs(description: string): Variable<Record<string, string>> {
  return {
    description,
    fallback: '',
    allowed: 'pairs such as tenant=name, separated by commas',
    parse: (value) => {
      const items = value.split(',').filter(Boolean);
      const parsed = all(items.map((item) => all(item.split('=').map((name) => parseName(name.trim())))));
      if (!parsed?.every(({ length }) => length === 2)) return undefined;
      return Object.fromEntries(parsed) as Record<string, string>;
    },
  };
}

function counts(description: string): Variable<Record<string, number>> {
  return {
    description,
    fallback: '',
    allowed: 'pairs such as name=2, separated by commas, with numbers from 1 to 10000',
    parse: (value) => {
      const items = itemsOf(value).map((item) => {
        const [name = '', count = '', ...rest] = item.split('=');
        const parsed = rest.length === 0 ? parseInteger(count, 1, 10_000) : undefined;
        return parseName(name) && parsed ? ([name, parsed] as const) : undefined;
      });
      const parsed = all(items);
      return parsed && Object.fromEntries(parsed);
    },
  };
}

function paths(description: string): Variable<string[]> {
  return {
    description,
    fallback: '',
    allowed: 'paths of JavaScript modules, separated by commas',
    parse: itemsOf,
  };
}

function smtpUrl(description: string): Variable<string> {
  return {
    ...{ description, fallback: '', secret: true },
    allowed: 'empty, or a url such as smtp://user:password@host:587 or smtps://host',
    parse: (value) =>
      value === '' || (/^smtps?:\/\//.test(value) && URL.canParse(value)) ? value : undefined,
  };
}

function cidrs(description: string): Variable<string[]> {
  return {
    description,
    fallback: '',
    allowed: 'networks such as 10.1.0.0/16 or fd00::/8, separated by commas',
    parse: (value) => all(itemsOf(value).map(parseCidr)),
  };
}

function payloadKeys(description: string): Variable<{ id: string; key: Uint8Array }[]> {
  return {
    description,
    fallback: '',
    allowed:
      'id:key pairs separated by commas, an id of letters, digits, ".", "_" and "-", 32 bytes in base64',
    secret: true,
    parse: (value) => {
      const keys = all(
        value
          .split(',')
          .filter(Boolean)
          .map((item) => parsePayloadKey(item.trim())),
      );
      return new Set(keys?.map(({ id }) => id)).size === keys?.length ? keys : undefined;
    },
  };
}

function hosts(description: string): Variable<string[]> {
  return {
    description,
    fallback: '',
    allowed: 'names such as hooks.internal or *.example.internal, separated by commas',
    parse: (value) => all(itemsOf(value).map(parseHost)),
  };
}

function ports(description: string): Variable<number[]> {
  return {
    description,
    fallback: '',
    allowed: 'ports from 1 to 65535, separated by commas',
    parse: (value) => all(itemsOf(value).map((item) => parseInteger(item, 1, 65_535))),
  };
}

function itemsOf(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}

function quota(description: string, fallback: number): Variable<number> {
  const { parse } = integer(description, fallback, 0, MAX_QUOTA);
  const allowed = `a whole number from 1 to ${MAX_QUOTA}, or 0 for no limit`;
  return { description, fallback: String(fallback), allowed, parse };
}

function databaseUrl(description: string): Variable<string> {
  return {
    ...{ description, fallback: '', secret: true },
    allowed: 'empty, or a url such as postgres://user:password@host:5432/timekeeper',
    parse: (value) => {
      const isUsable = /^postgres(ql)?:\/\//.test(value) && URL.canParse(value);
      return value === '' || (isUsable && new URL(value).pathname.length > 1) ? value : undefined;
    },
  };
}

function key(description: string): Variable<Uint8Array> {
  return {
    ...{ description, fallback: '', secret: true },
    allowed: 'empty, or 32 random bytes in base64, as from: openssl rand -base64 32',
    parse: (value) => {
      const bytes = Buffer.from(value, 'base64');
      return value === '' || (bytes.length === 32 && bytes.toString('base64') === value) ? bytes : undefined;
    },
  };
}

function token(description: string): Variable<string> {
  return {
    ...{ description, fallback: '', secret: true },
    allowed: 'empty, or at least 24 printable characters without spaces, as from: openssl rand -hex 32',
    parse: (value) => (value === '' || /^[\x21-\x7e]{24,}$/.test(value) ? value : undefined),
  };
}

function origin(description: string): Variable<string> {
  return {
    description,
    fallback: '',
    allowed: 'an origin such as https://temporal.example.com',
    parse: (value) =>
      value === '' || (URL.canParse(value) && new URL(value).origin === value) ? value : undefined,
  };
}

function parsePayloadKey(item: string): { id: string; key: Uint8Array } | undefined {
  const [, id, key] = /^([\w.-]{1,64}):([A-Za-z0-9+/]{43}=)$/.exec(item) ?? [];
  return id && key ? { id, key: Buffer.from(key, 'base64') } : undefined;
}

function parseInteger(value: string, min: number, max: number): number | undefined {
  const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
  return number >= min && number <= max ? number : undefined;
}

function parseName(value: string): string | undefined {
  return /^[\w.-]{1,200}$/.test(value) ? value : undefined;
}

function parseCidr(value: string): string | undefined {
  const [network = '', bits = '', ...rest] = value.split('/');
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(network)] ?? -1;
  return rest.length === 0 && parseInteger(bits, 0, most) !== undefined ? value : undefined;
}

function parseHost(value: string): string | undefined {
  const isName = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i.test(value) && isIP(value) === 0;
  return isName ? value.toLowerCase() : undefined;
}

function all<T>(items: (T | undefined)[]): T[] | undefined {
  return items.some((item) => item === undefined) ? undefined : (items as T[]);
}
