import { percentile } from '../../bench/statistics.js';
import { groupBy } from './group-by.js';
import type { DriverLine, FaultLine, RequestLine } from './logs.js';
import { storyOf } from './story.js';
import type { Story } from './story.js';

/** Outcomes are recorded about every 250 ms; on a machine under load it may take so long. */
export const RECORD_LAG_MS = 1_500;
/** A worker holds what is due within the next so many milliseconds (WHEEL_LEAD_MS), and often more. */
const HELD_MS = 2_000;
/** So long after the last fault is healed, nothing may be later than its time any more. */
const LATE_AFTER_HEAL_MS = 60_000;

export interface Verdict {
  accepted: number;
  received: number;
  faults: number;
  /** At the faults: requests under way or not recorded yet, timers held for sending, and POSTs without an answer. */
  inFlight: number;
  /** There was a fault, and nothing that it could have hit. */
  void: boolean;
  /** Accepted and not canceled, and never received with 2xx though the receiver would have answered so. */
  lost: string[];
  /** Received again after a 2xx, though no fault stood between sending and recording. */
  duplicated: string[];
  /** Received again after a 2xx, because a fault stood there: what is promised no better. */
  excused: string[];
  /** The client could not know, and it was received. */
  recovered: string[];
  /** Never asked for, or another body, id or signature than must be; begun after a cancel that was answered with 200. */
  unexpected: string[];
  early: string[];
  /** More than a minute later than its time and the end of all faults. */
  late: string[];
  /** GET says something else than the log of the receiver. */
  wrongState: string[];
  latenessMs: { p50: number; p99: number; max: number };
}

/** Holds the logs of the client, the receiver and the faults against each other. */
export function judge(driver: DriverLine[], requests: RequestLine[], faults: FaultLine[]): Verdict {
  const stories = [...groupBy(driver, ({ key }) => key)].map(([key, lines]) => storyOf(key, lines));
  const byPath = groupBy(requests, ({ path }) => path);
  const known = new Set(stories.map(({ key }) => key));
  const verdict = empty();
  verdict.received = requests.length;
  verdict.faults = faults.length;
  verdict.unexpected = [...byPath.keys()].filter((path) => !known.has(path));
  const healedMs = Math.max(0, ...faults.map(({ healedMs: at }) => at));
  const lateness: number[] = [];
  for (const story of stories) {
    const received = byPath.get(story.key) ?? [];
    const add = (to: string[], why: string) => void to.push(`${story.key}: ${why}`);
    if (story.id) verdict.accepted += 1;
    judgeArrival(story, received, verdict, add);
    judgeRequests(story, received, verdict, add);
    judgeRepeats(received, faults, verdict, add);
    const [first] = received;
    if (!first || story.dueMs === undefined) continue;
    // A timer may be accepted when its time is over already.
    const fromMs = Math.max(story.dueMs, story.answeredMs);
    lateness.push(first.wallMs - fromMs);
    if (first.wallMs - Math.max(fromMs, healedMs) > LATE_AFTER_HEAL_MS)
      add(verdict.late, `${Math.round(first.wallMs - fromMs)} ms`);
  }
  for (const name of ['p50', 'p99', 'max'] as const) {
    const share = { p50: 0.5, p99: 0.99, max: 1 }[name];
    verdict.latenessMs[name] = Math.round(percentile(lateness, share));
  }
  verdict.inFlight = faults.reduce((sum, fault) => sum + inFlightAt(fault.fromMs, stories, byPath), 0);
  verdict.void = faults.length > 0 && verdict.inFlight === 0;
  return verdict;
}

/** What makes a run fail. */
export function faultsOf(verdict: Verdict): string[] {
  const classes = ['lost', 'duplicated', 'unexpected', 'early', 'late', 'wrongState'] as const;
  return classes.flatMap((name) => verdict[name].map((what) => `${name}: ${what}`));
}

type Add = (to: string[], why: string) => void;

function judgeArrival(story: Story, received: RequestLine[], verdict: Verdict, add: Add): void {
  const { id, ends, final } = story;
  const arrived = received.some(({ answer }) => isSuccess(answer));
  if (!id) {
    if (received.length > 0 && story.unknown) verdict.recovered.push(story.key);
    else if (received.length > 0) add(verdict.unexpected, 'it was refused, and was received');
    return;
  }
  const canceled = story.canceledMs !== undefined || (story.perhapsCanceled && final === 'canceled');
  if (!canceled && ends === 'delivered' && !arrived) {
    add(verdict.lost, received.length > 0 ? 'never answered with 2xx' : `never received, it is ${final}`);
  }
  const expected = arrived ? 'delivered' : canceled ? 'canceled' : ends;
  if (final !== expected) add(verdict.wrongState, `${final} instead of ${expected}`);
}

function judgeRequests(story: Story, received: RequestLine[], verdict: Verdict, add: Add): void {
  const ids = new Set([...(story.id ? [story.id] : []), ...received.map(({ id }) => id)]);
  if (ids.size > 1) add(verdict.unexpected, `ids ${[...ids].join(', ')}`);
  for (const { sha256, signature, wallMs } of received) {
    if (sha256 !== story.sha256) add(verdict.unexpected, 'another body');
    if (signature !== 'ok') add(verdict.unexpected, `its signature: ${signature}`);
    if (story.canceledMs !== undefined && wallMs > story.canceledMs)
      add(verdict.unexpected, `received ${Math.round(wallMs - story.canceledMs)} ms after it was canceled`);
    const dueMs = story.dueAt(wallMs);
    if (dueMs !== undefined && wallMs < dueMs) add(verdict.early, `${dueMs - wallMs} ms`);
  }
}

function judgeRepeats(received: RequestLine[], faults: FaultLine[], verdict: Verdict, add: Add): void {
  // A fault is an excuse once for each timer, and only if an answer fell into the time that it spoilt.
  const excuses = new Set(faults);
  received.forEach((request, index) => {
    const answered = received.slice(0, index).filter(({ answer }) => isSuccess(answer));
    if (answered.length === 0) return;
    const excuse = [...excuses].find((fault) => answered.some((before) => spoils(fault, before)));
    if (excuse) excuses.delete(excuse);
    const why = `received again after ${Math.round(request.wallMs - (answered[0] as RequestLine).wallMs)} ms`;
    add(excuse ? verdict.excused : verdict.duplicated, why);
  });
}

/** Whether the outcome of the request may not have been recorded when the fault began, or while it lasted. */
function spoils({ fromMs, untilMs }: FaultLine, { wallMs, afterMs }: RequestLine): boolean {
  return wallMs <= untilMs && wallMs + afterMs + RECORD_LAG_MS >= fromMs;
}

function inFlightAt(atMs: number, stories: Story[], byPath: Map<string, RequestLine[]>): number {
  const isUnderWay = ({ wallMs, afterMs }: RequestLine) =>
    wallMs <= atMs && wallMs + afterMs + RECORD_LAG_MS >= atMs;
  return stories.filter(({ key, invokedMs, answeredMs, dueMs = Infinity }) => {
    const received = byPath.get(key) ?? [];
    if (invokedMs <= atMs && atMs <= answeredMs) return true;
    const isHeld =
      answeredMs <= atMs && dueMs < atMs + HELD_MS && !received.some(({ wallMs }) => wallMs <= atMs);
    return isHeld || received.some(isUnderWay);
  }).length;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function empty(): Verdict {
  return {
    ...{ accepted: 0, received: 0, faults: 0, inFlight: 0, void: false },
    ...{
      lost: [],
      duplicated: [],
      excused: [],
      recovered: [],
      unexpected: [],
      early: [],
      late: [],
      wrongState: [],
    },
    latenessMs: { p50: NaN, p99: NaN, max: NaN },
  };
}
