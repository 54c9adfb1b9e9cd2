import { setTimeout as sleep } from 'node:timers/promises';

/** What a load process is asked to do: create timers, each for `<url>/<tag>/<index>`. */
export interface Load {
  url: string;
  tag: string;
  /** To so many addresses of this machine in turn; by default to the one in the URL. */
  destinations?: number;
  pace: Pace;
  due: Due;
  /** So many with each request, where they come in batches. */
  batch?: number;
}

/** As fast as so many at a time get through, or one every so often however long the answers take. */
export type Pace =
  { concurrency: number; count?: number; durationMs?: number } | { perSecond: number; count: number };

/** So many seconds from now, in turn; or all within the second that begins then. */
export type Due = { inSeconds: number[] } | { secondMs: number };

export interface LoadOutcome {
  elapsedMs: number;
  /** When each timer is due; NaN for one that was not accepted. */
  duesMs: number[];
  /** How long each accepted timer waited for that. */
  answerMs: number[];
  firstError?: string;
}

/** Creates one timer and resolves with when it is due, once that is durable. */
export type Create = (delaySeconds: number, url: string) => Promise<number>;

/** A request on its way at the end of a second could be taken in the next, and its timer be due a second later. */
const LATEST_PHASE_MS = 900;

/** The loop that drives both sides. */
export async function drive(
  { url, tag, destinations = 1, pace, due }: Load,
  create: Create,
): Promise<LoadOutcome> {
  const duesMs: number[] = [];
  const answerMs: number[] = [];
  let firstError: string | undefined;
  const createOne = async (index: number) => {
    duesMs[index] = NaN;
    try {
      const seconds = await delaySeconds(due, index);
      const calledMs = performance.now();
      const to = url.replace('127.0.0.1', `127.0.0.${1 + (index % destinations)}`);
      duesMs[index] = await create(seconds, `${to}/${tag}/${index}`);
      answerMs.push(performance.now() - calledMs);
    } catch (error) {
      firstError ??= String(error);
    }
  };
  const startedMs = performance.now();
  if ('perSecond' in pace) await atRate(pace, createOne);
  else await concurrently(pace, createOne);
  return { elapsedMs: performance.now() - startedMs, duesMs, answerMs, firstError };
}

async function delaySeconds(due: Due, index: number): Promise<number> {
  if ('inSeconds' in due) return due.inSeconds[index % due.inSeconds.length] ?? 0;
  const phaseMs = Date.now() % 1000;
  if (phaseMs > LATEST_PHASE_MS) await sleep(1000 - phaseMs);
  return Math.max(0, Math.ceil((due.secondMs - Date.now()) / 1000));
}

/** As fast as so many at a time get through. */
export async function concurrently(
  { concurrency, count = Infinity, durationMs = Infinity }: Extract<Pace, { concurrency: number }>,
  createOne: (index: number) => Promise<void>,
): Promise<void> {
  const endMs = performance.now() + durationMs;
  let next = 0;
  const client = async () => {
    while (next < count && performance.now() < endMs) await createOne(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, client));
}

async function atRate(
  { perSecond, count }: Extract<Pace, { perSecond: number }>,
  createOne: (index: number) => Promise<void>,
): Promise<void> {
  const startedMs = performance.now();
  const created: Promise<void>[] = [];
  while (created.length < count) {
    const waitMs = startedMs + (created.length * 1000) / perSecond - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    created.push(createOne(created.length));
  }
  await Promise.all(created);
}
