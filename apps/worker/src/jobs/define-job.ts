import type { JobAlerts } from '#contracts/job-alert.js';
import type { GroupPlan, JobTypeRecord, RetryPlan } from '#contracts/job-plan.js';
import { OWN_TASK_QUEUES } from '#contracts/task-queues.js';
import { webhookUrlProblem } from '#contracts/webhook-url.js';
import { compileSchema } from './input.js';
import type { InputOf, JsonSchema } from './input.js';
import type { Step } from './step-context.js';

/** What is said of a group of steps. */
export interface GroupDefinition<Input, Data> {
  /** Unique within the job. */
  name: string;
  /** One after another, in one try. At least one. */
  steps: readonly Step<Input, Data>[];
  /** Of one try; 60 s unless said otherwise. */
  timeoutMs?: number;
  /**
   * `none` for what must not be repeated: when it does not end well, a person decides. Otherwise 5 tries, after 1 s, 2 s,
   * 4 s and so on, at most 5 min apart, as far as nothing else is said.
   */
  retry?: Partial<RetryPlan> | 'none';
  /** A task queue of its own, for what is slow or may be asked little. */
  taskQueue?: string;
}

/** A group that a worker in another language serves, as an activity. */
export interface ActivityGroupDefinition {
  name: string;
  /** The name of the activity. It gets what a group here gets, and answers what a group here leaves behind. */
  activity: string;
  taskQueue: string;
  timeoutMs?: number;
  /** The activity must heartbeat more often than so; none unless said: a lost try is noticed when its time is over. */
  heartbeatTimeoutMs?: number;
  retry?: Partial<RetryPlan> | 'none';
}

export interface JobDefinition<S extends JsonSchema, Data> {
  /** What clients call it: letters, digits, `-`, `_` and `.`. */
  name: string;
  /** For whoever asks which types there are. */
  description?: string;
  /** What it is started with. */
  input: S;
  /** What `ctx.data` is before the first group. */
  data?: (input: InputOf<S>) => Data;
  groups: readonly (GroupDefinition<InputOf<S>, Data> | ActivityGroupDefinition)[];
  /** From its start to its `kill_at` where the client says none; 1 day unless said otherwise, at most ten years. */
  killAfterMs?: number;
  /** So long before its `kill_at` those concerned are warned; less than `killAfterMs`, 0 for no warning. */
  warnBeforeMs?: number;
  /** Who is told when something is wrong, beside those whom client and tenant name. */
  alerts?: JobAlerts;
  /** Whether `GET /jobs/:id` shows `ctx.data`; not unless said. */
  showsData?: boolean;
}

export type AnyGroup = Omit<GroupDefinition<unknown, unknown>, 'steps'> & {
  steps: readonly Step<never, never>[];
};

/** A checked job type. */
export interface JobType<S extends JsonSchema = JsonSchema> {
  readonly name: string;
  readonly input: S;
  readonly record: JobTypeRecord;
  readonly data?: (input: never) => unknown;
  /** By name; without those that other workers serve. */
  readonly groups: ReadonlyMap<string, AnyGroup>;
}

const DEFAULT_RETRY: RetryPlan = { maxAttempts: 5, initialDelayMs: 1_000, factor: 2, maxDelayMs: 300_000 };
const DEFAULT_TIMEOUT_MS = 60_000;
const MAX_TIMEOUT_MS = 86_400_000;
const DEFAULT_KILL_AFTER_MS = 86_400_000;
/** Ten years. */
const MAX_TIME_MS = 3_653 * 86_400_000;
/** Of groups here, which are heard of every second. */
const HEARTBEAT_TIMEOUT_MS = 10_000;
const MAX_FACTOR = 1_000;
/** The engine counts tries in 32 bits. */
const MAX_ATTEMPTS = 2 ** 31 - 1;
const MAX_GROUPS = 2_000;
/** As much as a typing error breaks; the mail server decides. */
const ADDRESS = /^[^\s@]+@[^\s@]+$/;
const TASK_QUEUE = /^[!-~]{1,200}$/;
const GROUP_FIELDS = new Set([
  ...['name', 'steps', 'timeoutMs', 'retry', 'taskQueue'],
  ...['activity', 'heartbeatTimeoutMs'],
]);
const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** A definition is not as it must be: the worker does not start with it. */
export class InvalidJobType extends Error {}

/** Checks a job type. Throws `InvalidJobType`, which says what is wrong. */
export function defineJob<S extends JsonSchema, Data = undefined>(
  definition: JobDefinition<S, Data>,
): JobType<S> {
  const { name, description, input, data, groups, alerts, warnBeforeMs } = definition;
  const { killAfterMs = DEFAULT_KILL_AFTER_MS, showsData = false } = definition;
  const wrong = (what: string) => new InvalidJobType(`job type ${name}: ${what}`);
  if (!NAME.test(name)) throw wrong('its name must be 1 to 64 letters, digits, -, _ or .');
  if (groups.length === 0 || groups.length > MAX_GROUPS) throw wrong(`must have 1 to ${MAX_GROUPS} groups`);
  if (!(killAfterMs > 0 && killAfterMs <= MAX_TIME_MS)) {
    throw wrong(`killAfterMs must be more than 0 and at most ten years, got ${killAfterMs}`);
  }
  if (warnBeforeMs !== undefined && !(warnBeforeMs >= 0 && warnBeforeMs < killAfterMs)) {
    throw wrong(`warnBeforeMs must be from 0 and less than killAfterMs, got ${warnBeforeMs}`);
  }
  for (const url of alerts?.webhooks ?? []) {
    const problem = webhookUrlProblem(url);
    if (problem) throw wrong(`a webhook of its alerts ${problem}, got ${url}`);
  }
  const noAddress = alerts?.emails?.find((address) => !ADDRESS.test(address));
  if (noAddress !== undefined) throw wrong(`"${noAddress}" of its alerts is no e-mail address`);
  try {
    compileSchema(JSON.parse(JSON.stringify(input)) as object);
  } catch (error) {
    throw wrong(`its input is no JSON Schema: ${(error as Error).message}`);
  }
  const plans = groups.map((group) => planOf(group, wrong));
  const repeated = plans.find(
    ({ name: one }, index) => plans.findIndex((other) => other.name === one) < index,
  );
  if (repeated) throw wrong(`two groups are called ${repeated.name}`);
  return {
    ...{ name, input, data },
    record: {
      ...{ type: name, description, inputSchema: input, groups: plans, killAfterMs, warnBeforeMs },
      ...{ showsData, alerts },
    },
    groups: new Map(
      groups.flatMap((group) => ('steps' in group ? [[group.name, group as unknown as AnyGroup]] : [])),
    ),
  };
}

function planOf(
  group: JobDefinition<JsonSchema, never>['groups'][number],
  wrong: (what: string) => InvalidJobType,
): GroupPlan {
  const { name, timeoutMs = DEFAULT_TIMEOUT_MS, retry = {}, taskQueue } = group;
  if (!NAME.test(name)) throw wrong(`"${name}" is no name of a group: 1 to 64 letters, digits, -, _ or .`);
  if ('steps' in group && group.steps.length === 0) throw wrong(`group ${name} must have at least one step`);
  if (!(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)) {
    throw wrong(`timeoutMs of group ${name} must be more than 0 and at most a day, got ${timeoutMs}`);
  }
  const { heartbeatTimeoutMs } = 'steps' in group ? { heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS } : group;
  if (heartbeatTimeoutMs !== undefined && !(heartbeatTimeoutMs > 0 && heartbeatTimeoutMs <= MAX_TIMEOUT_MS)) {
    throw wrong(
      `heartbeatTimeoutMs of group ${name} must be more than 0 and at most a day, got ${heartbeatTimeoutMs}`,
    );
  }
  // From JavaScript: a text would count as a plan without anything in it.
  const isPlan = typeof retry === 'object';
  const plan = isPlan ? { ...DEFAULT_RETRY, ...retry } : retry;
  const unknown = [
    ...Object.keys(group).filter((key) => !GROUP_FIELDS.has(key)),
    ...(isPlan ? Object.keys(plan).filter((key) => !(key in DEFAULT_RETRY)) : []),
  ];
  if (unknown.length > 0) throw wrong(`group ${name} has unknown fields: ${unknown.join(', ')}`);
  if (taskQueue !== undefined && !(typeof taskQueue === 'string' && TASK_QUEUE.test(taskQueue)))
    throw wrong(`taskQueue of group ${name} must be 1 to 200 visible characters`);
  // What is served there must not wait for such groups, and whoever serves such groups would get it.
  if (taskQueue !== undefined && OWN_TASK_QUEUES.includes(taskQueue))
    throw wrong(`taskQueue of group ${name} must not be ${taskQueue}: that is one of Timekeeper's own`);
  if ('steps' in group && 'activity' in group) throw wrong(`group ${name} has both steps and an activity`);
  if ((!isPlan && retry !== 'none') || (plan !== 'none' && !isPossible(plan))) {
    throw wrong(
      `retry of group ${name} must have maxAttempts from 1, delays from 0 to ten years and a factor from 1 to ` +
        `${MAX_FACTOR}, or be 'none'`,
    );
  }
  return {
    ...{ name, timeoutMs, taskQueue, retry: plan, heartbeatTimeoutMs },
    ...('activity' in group && { activity: group.activity }),
  };
}

function isPossible({ maxAttempts, initialDelayMs, factor, maxDelayMs }: RetryPlan): boolean {
  const isDelay = (ms: number) => ms >= 0 && ms <= MAX_TIME_MS;
  const isFactor = factor >= 1 && factor <= MAX_FACTOR;
  const isCount = Number.isInteger(maxAttempts) && maxAttempts >= 1 && maxAttempts <= MAX_ATTEMPTS;
  return isCount && isFactor && isDelay(initialDelayMs) && isDelay(maxDelayMs);
}
