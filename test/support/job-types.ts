import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { defineJob, defineResult, FinalError, Type } from '../../apps/worker/src/jobs/index.js';
import type { StepContext } from '../../apps/worker/src/jobs/index.js';

/** Job types of tests. Their steps tell a receiver what they do, and do it when it has answered. */

const Told = { url: Type.String() };
const Input = Type.Object(Told, { additionalProperties: false });

function tell(context: StepContext<{ url: string }>, what: string, more: object = {}) {
  const { job, tryNumber } = context;
  return context.call({ url: `${context.input.url}/${what}`, body: { job: job.id, tryNumber, ...more } });
}

/** A group of one step that tells its name. */
const telling = (name: string) => ({
  name,
  steps: [async (context: StepContext<{ url: string }>) => void (await tell(context, name))],
});

/** Resolves when the group is to stop, once the receiver knows why: past the context, whose calls have ended by then. */
async function untilStopped({ signal, input: { url } }: StepContext<{ url: string }>): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
  await fetch(`${url}/token/${(signal.reason as { why: string }).why}`);
}

export const totals = defineResult({
  ...{ name: 'totals', counters: ['jobs', 'users'] },
  lists: { ids: Type.String() },
});

export const child = defineJob({
  name: 'child',
  input: Type.Object({ ...Told, result: Type.String() }),
  groups: [
    {
      name: 'add',
      steps: [
        async (context) => {
          await tell(context, 'child');
          const { result: of } = context.input;
          context.add(totals, { jobs: 1, users: 3, ids: [context.job.id] }, { of });
        },
      ],
    },
  ],
});

interface Seen {
  seen: string[];
}

const seeing = (name: string) => ({
  name,
  steps: [
    async (context: StepContext<{ url: string }, Seen>) => {
      context.data.seen.push(`${name}.1`);
      await tell(context, name, { seen: context.data.seen });
    },
    ({ data }: StepContext<{ url: string }, Seen>) => void data.seen.push(`${name}.2`),
  ],
});

const ordered = defineJob({
  ...{ name: 'ordered', input: Input, showsData: true, description: 'Goes from group to group' },
  data: (): Seen => ({ seen: [] }),
  groups: ['first', 'second', 'third'].map(seeing),
});

const failing = defineJob({
  name: 'failing',
  input: Type.Object({ ...Told, failures: Type.Integer(), final: Type.Optional(Type.Boolean()) }),
  ...{ data: () => ({ tries: [] as number[] }), showsData: true },
  groups: [
    telling('before'),
    {
      ...{ name: 'collects', retry: { maxAttempts: 3, initialDelayMs: 100 } },
      steps: [
        (context) => {
          const { url, failures, final } = context.input;
          context.data.tries.push(context.tryNumber);
          context.enqueue(child, { url, result: 'failing' });
          context.add(totals, { jobs: 1 }, { of: 'failing' });
          if (final) throw new FinalError('no use');
          if (context.tryNumber <= failures) throw new Error(`broken at try ${context.tryNumber}`);
        },
      ],
    },
    telling('after'),
  ],
});

const slow = defineJob({
  name: 'slow',
  input: Type.Object({ ...Told, stops: Type.Boolean() }),
  groups: [
    {
      ...{ name: 'hangs', timeoutMs: 500, retry: { maxAttempts: 2, initialDelayMs: 10 } },
      steps: [
        async (context) => {
          await tell(context, 'begun');
          if (context.input.stops) await untilStopped(context);
          // Of a step that does not look at its token.
          else await sleep(600_000, undefined, { ref: false });
        },
      ],
    },
    telling('after'),
  ],
});

const poison = defineJob({
  ...{ name: 'poison', input: Input },
  groups: [
    {
      ...{ name: 'kills', retry: { maxAttempts: 2, initialDelayMs: 10 } },
      steps: [
        async (context) => {
          await tell(context, 'kills');
          process.kill(process.pid, 'SIGKILL');
          await once(context.signal, 'abort');
        },
      ],
    },
    telling('after'),
  ],
});

/** In its middle group it waits for the receiver. */
const held = (name: string, retry: 'none' | undefined) =>
  defineJob({
    ...{ name, input: Input },
    groups: [
      telling('before'),
      {
        ...telling('hold'),
        retry: retry ?? { maxAttempts: 3, initialDelayMs: 10 },
      },
      telling('after'),
    ],
  });

const heldJob = held('held', undefined);

const endless = defineJob({
  ...{ name: 'endless', input: Input },
  groups: [
    telling('before'),
    { name: 'waits', steps: [untilStopped, async (context) => void (await tell(context, 'next-step'))] },
    telling('after'),
  ],
});

const parent = defineJob({
  name: 'parent',
  input: Type.Object({ ...Told, result: Type.String(), count: Type.Integer() }),
  groups: [
    {
      name: 'spread',
      steps: [
        (context) => {
          const { count, ...input } = context.input;
          for (let i = 0; i < count; i++) context.enqueue(child, input);
          context.enqueue(child, input, { key: `${input.result}-once` });
          context.enqueue(child, input, { key: `${input.result}-once` });
          context.enqueue(child, input, { scope: 'global' });
          context.add(totals, { users: count, jobs: 0 }, { of: input.result });
        },
      ],
    },
  ],
});

/** Its time is over before any step of it ends. */
const brief = defineJob({
  ...{ name: 'brief', input: Input, killAfterMs: 1_500 },
  groups: [{ name: 'waits', steps: [untilStopped] }],
});

/** After its first try it would be tried again in an hour. */
const hopeless = defineJob({
  ...{ name: 'hopeless', input: Input },
  groups: [
    {
      ...{ name: 'breaks', retry: { initialDelayMs: 3_600_000, maxDelayMs: 3_600_000 } },
      steps: [
        () => {
          // Cut within a character.
          throw new Error('broken 😀'.slice(0, -1));
        },
      ],
    },
  ],
});

/** Has a child that fails, one that is killed, and one that waits, and waits itself. */
const family = defineJob({
  ...{ name: 'family', input: Input },
  groups: [
    {
      name: 'spread',
      steps: [
        (context) => {
          const at = (label: string) => ({ url: `${context.input.url}-${label}` });
          context.enqueue(failing, { ...at('failing'), failures: 0, final: true });
          context.enqueue(brief, at('brief'));
          context.enqueue(heldJob, at('held'));
        },
      ],
    },
    telling('stay'),
  ],
});

const locked = defineJob({
  ...{ name: 'locked', input: Input },
  groups: [
    {
      name: 'locks',
      steps: [
        (context) =>
          context.withLock('resource', async ({ fencingToken }) => {
            await tell(context, 'in', { fencingToken });
            await tell(context, 'out', { fencingToken });
          }),
      ],
    },
  ],
});

/** Has more questions to the database than there are connections, for longer than a lock lasts that is not kept. */
const crowded = defineJob({
  ...{ name: 'crowded', input: Input },
  groups: [
    {
      name: 'asks',
      steps: [
        (context) =>
          context.withLock('crowded', async () => {
            const ask = () => context.database.execute(sql`SELECT pg_sleep(3)`);
            await Promise.all(Array.from({ length: 80 }, ask));
          }),
      ],
    },
  ],
});

export const jobTypes = [
  ...[child, ordered, failing, slow, poison, endless, parent, brief, family, locked, crowded, hopeless],
  ...[heldJob, held('held-once', 'none')],
];
