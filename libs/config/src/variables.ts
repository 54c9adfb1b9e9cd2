import {
  boolean,
  counts,
  integer,
  integers,
  label,
  name,
  names,
  oneOf,
  pairs,
  paths,
  port,
  portOrNone,
  quota,
  share,
  text,
} from './variable.js';
import type { Variable } from './variable.js';
import {
  cidrs,
  databaseUrl,
  dsn,
  endpoint,
  headers,
  hosts,
  keys,
  origin,
  payloadKeys,
  ports,
  publicUrl,
  smtpUrl,
  token,
} from './variable-places.js';

export const VARIABLES = {
  HOST: text('Address that server and worker listen on', '127.0.0.1'),
  PORT: port('Port of the API', 3000),
  WORKER_PORT: port("Port of the worker's health routes", 3001),
  METRICS_PORT: portOrNone("Port of the server's metrics for Prometheus, at /metrics", 9464),
  WORKER_METRICS_PORT: portOrNone("The same of the worker's", 9465),
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
  SENTRY_DSN: dsn('Where faults of our own are told to Sentry; empty: nowhere'),
  SENTRY_ENVIRONMENT: text('What this installation is called there', 'production'),
  SHUTDOWN_GRACE_SECONDS: integer(
    'Time from SIGTERM to the end of requests and deliveries in flight',
    25,
    1,
    600,
  ),

  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint(
    'OTLP collector that traces go to, over HTTP; empty: nothing is traced',
  ),
  OTEL_EXPORTER_OTLP_HEADERS: headers('Headers of what is sent to the collector, such as a token'),
  OTEL_SERVICE_NAME: name('Name of the service in traces; empty: timekeeper-server and timekeeper-worker'),
  OTEL_TRACES_SAMPLER: oneOf(
    'Which traces are kept; parentbased: who calls with a traceparent decides for its own',
    [
      ...(['always_on', 'always_off', 'traceidratio'] as const),
      ...(['parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'] as const),
    ],
    'parentbased_always_on',
  ),
  OTEL_TRACES_SAMPLER_ARG: share('Share of the traces that traceidratio keeps', 1),
  TRACE_DELIVERIES: boolean('Send traceparent to destinations, where an attempt is traced', false),

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
  SECRETS_KEY: keys(
    'What secrets in the database are sealed with; required with DATABASE_URL. After a comma, keys of before that still open',
  ),
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
  WHEEL_WIDTH_MS: integer('A window takes timers that are due this long after the lead', 10_000, 0, 60_000),
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
  WORKER_CACHED_WORKFLOWS: integer('Groups of timers that a worker keeps in memory', 200, 0, 100_000),

  WORKER_DEPLOYMENT_NAME: label(
    'Name under which the engine tells versions of workers apart; empty: it does not',
    'letters, digits, dashes and underscores',
    /^[\w-]{1,100}$/,
  ),
  WORKER_BUILD_ID: label(
    'Which version this worker is, with WORKER_DEPLOYMENT_NAME; it gets work once npm run deployment has made it current',
    'letters, digits, dots, dashes and underscores',
    /^[\w.-]{1,100}$/,
  ),

  JOB_TASK_QUEUES: pairs(
    'Task queues of the engine for the jobs of single tenants, or of global ones, such as acme=jobs-acme,global=jobs-global',
  ),
  WORKER_JOB_TASK_QUEUES: names('Task queues of jobs that the worker serves', ['jobs']),
  WORKER_JOB_GROUPS: integer(
    'Groups of steps that a worker runs at a time, on each of these; for jobs it serves two, one of them for bursts',
    50,
    1,
    10_000,
  ),
  WORKER_JOB_POLLERS: integer(
    'Calls that wait for tasks of jobs at a time, for each kind of task',
    5,
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
  SMTP_CONNECTIONS: integer(
    'Connections of a worker to the mail server, and so mails on their way at a time',
    10,
    1,
    500,
  ),
  SMTP_RATE_PER_SECOND: integer(
    'Mails that all workers together give to the mail server per second; 0: any number. Needs DATABASE_URL',
    0,
    0,
    100_000,
  ),
  SMTP_PARALLELISM: integer('Mails that they have on their way at a time, likewise', 0, 0, 10_000),
  EMAIL_VERIFIER: oneOf(
    'What is asked of an address beside its form, before mail to it is accepted, and of blasts before it is sent; mx: a ' +
      'domain that takes mail, of DNS',
    ['off', 'mx'],
    'off',
  ),
  BOOKING_SETTLE_SECONDS: integer(
    'Attendees are told of changes to a booking when there was no further one for so long',
    10,
    0,
    600,
  ),
  PUBLIC_URL: publicUrl(
    'Where the API is reached from outside, for links in e-mails, such as https://timekeeper.example.com',
    'http://localhost:3000',
  ),

  TEMPORAL_PORT: port('Port of the engine that npm start and npm run engine start', 7233),
  TEMPORAL_UI_PORT: port("Port of that engine's UI", 8080),
  DATABASE_PORT: port('Port of the PostgreSQL that npm start starts', 5433),
  MAILBOX_SMTP_PORT: port('Port of the mail server that npm start starts where SMTP_URL is not set', 1025),
  MAILBOX_PORT: port('Port of the page that shows what was given to it', 8025),
  DATA_DIR: text('Where engine, PostgreSQL and mailbox keep their data', './data'),
  POSTGRES_PORT: port('Port of the PostgreSQL that npm run topology starts', 5432),
  POSTGRES_PASSWORD: text(
    "Password of the engine's PostgreSQL, in docker-compose.yml and npm run topology",
    'timekeeper',
  ),
} satisfies Record<string, Variable<unknown>>;

export type Env = {
  [K in keyof typeof VARIABLES]: Exclude<ReturnType<(typeof VARIABLES)[K]['parse']>, undefined>;
};
