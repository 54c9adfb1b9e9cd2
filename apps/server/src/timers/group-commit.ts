import { Inject, Injectable } from '@nestjs/common';
import { MAX_TIMERS_PER_GROUP } from '#contracts/timers.js';
import type { Timer } from '#contracts/timers.js';
import { context, runTogether } from '#observability/tracing.js';
import type { Context } from '#observability/tracing.js';
import { engineUnavailable } from '../http/engine-unavailable.js';
import { GroupStart } from '#timers/group-start.js';
import type { TimerRequest } from '#timers/group-start.js';
import { TIMERS_SETTINGS } from './timers.settings.js';
import type { TimersSettings } from './timers.settings.js';

/** Waiting in line included: a client is told within 3 s that the engine does not answer. */
export const ANSWER_TIMEOUT_MS = 2_700;
/** With less than this left a start is not tried: it would only be called off. */
const LEAST_START_MS = 500;
/** The engine refuses an input over 2 MiB; this leaves room for what codecs add. */
export const MAX_GROUP_BYTES = 512 * 1024;
/** Bounds the starts of a tenant to 20 per second and server, and to 10 where more than a few timers come meanwhile. */
const GATHER_MS = 50;
const GATHER_MANY_MS = 100;
const FEW = 2;
/** Of this size on, a group goes as soon as it is complete again: those are clients that wait for their answers. */
const LARGE_GROUP = 8;
/** What a timer costs beside what the client said. */
const TIMER_BYTES = 100;

/** How much of a group's room a timer takes. */
export function sizeOf(request: TimerRequest): number {
  return TIMER_BYTES + Buffer.byteLength(JSON.stringify(request));
}

interface Waiting {
  sinceMs: number;
  request: TimerRequest;
  bytes: number;
  /** That of its request. */
  asker: Context;
  resolve: (timer: Timer) => void;
  reject: (error: unknown) => void;
}

interface Line {
  waiting: Waiting[];
  startsInFlight: number;
  lastStartMs: number;
  /** From the last start on, others gather for so long. */
  gatherMs: number;
  /** So many are likely to come: who was answered last and asks again, and who waited meanwhile. */
  expected: number;
  /** Wakes the line when it may start again. */
  alarm?: NodeJS.Timeout;
}

/**
 * Starts the workflows. A start costs the engine nearly the same for one timer as for a hundred, so timers of a tenant that
 * come close together share one. A timer that comes alone is started at once. While a start is under way, and for a moment
 * after one began, others gather; they go as soon as that is over, or all have come that were likely to, or the group is
 * full. Each is answered only when its own start is durable.
 */
@Injectable()
export class GroupCommit {
  private readonly lines = new Map<string, Line>();

  constructor(
    private readonly groups: GroupStart,
    @Inject(TIMERS_SETTINGS) private readonly settings: TimersSettings,
  ) {}

  /** Resolves when the timer is stored. */
  add(tenant: string, request: TimerRequest): Promise<Timer> {
    const line = this.lineOf(tenant);
    return new Promise((resolve, reject) => {
      const asker = context.active();
      line.waiting.push({ sinceMs: Date.now(), request, bytes: sizeOf(request), asker, resolve, reject });
      this.advance(tenant, line);
    });
  }

  private advance(tenant: string, line: Line): void {
    const nowMs = performance.now();
    while (this.mayStart(line, nowMs)) void this.commit(tenant, line, takeGroup(line.waiting));
    if (line.startsInFlight > 0 || line.alarm) return;
    const restMs = line.lastStartMs + line.gatherMs - nowMs;
    if (restMs <= 0 && line.waiting.length === 0) return void this.lines.delete(tenant);
    line.alarm = setTimeout(
      () => {
        line.alarm = undefined;
        this.advance(tenant, line);
      },
      Math.max(1, restMs),
    );
  }

  private mayStart(line: Line, nowMs: number): boolean {
    const { waiting, startsInFlight, lastStartMs, gatherMs, expected } = line;
    if (waiting.length === 0) return false;
    if (isFull(waiting)) return startsInFlight < this.settings.startsInFlight;
    if (startsInFlight > 0) return false;
    const allAreHere = expected >= LARGE_GROUP && waiting.length >= expected;
    return allAreHere || nowMs - lastStartMs >= gatherMs;
  }

  private async commit(tenant: string, line: Line, group: Waiting[]): Promise<void> {
    line.startsInFlight += 1;
    line.lastStartMs = performance.now();
    line.gatherMs = group.length > FEW ? GATHER_MANY_MS : GATHER_MS;
    try {
      const requests = group.map(({ request }) => request);
      const deadlineMs = Math.min(...group.map(({ sinceMs }) => sinceMs)) + ANSWER_TIMEOUT_MS;
      const askers = group.map(({ asker }) => asker);
      const start = () => this.groups.start(tenant, requests, { deadlineMs });
      const timers = await runTogether('store timers', askers, start);
      group.forEach(({ resolve }, index) => resolve(timers[index] as Timer));
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      line.startsInFlight -= 1;
      line.expected = group.length + line.waiting.length;
      rejectTooOld(line);
      this.advance(tenant, line);
    }
  }

  private lineOf(tenant: string): Line {
    const line = this.lines.get(tenant) ?? {
      waiting: [],
      startsInFlight: 0,
      lastStartMs: -Infinity,
      gatherMs: GATHER_MS,
      expected: 0,
    };
    this.lines.set(tenant, line);
    return line;
  }
}

/** Who waited too long behind a slow start is told so, instead of making the next start of all others hopeless. */
function rejectTooOld(line: Line): void {
  const oldestMs = Date.now() - (ANSWER_TIMEOUT_MS - LEAST_START_MS);
  while (line.waiting[0] && line.waiting[0].sinceMs < oldestMs)
    line.waiting.shift()?.reject(engineUnavailable());
}

/** Whether a group of them could take no more. */
function isFull(waiting: readonly Waiting[]): boolean {
  return waiting.length >= MAX_TIMERS_PER_GROUP || groupSize(waiting) < waiting.length;
}

function takeGroup(waiting: Waiting[]): Waiting[] {
  return waiting.splice(0, groupSize(waiting));
}

/** How many of them, from the first on, go into one group. */
function groupSize(waiting: readonly Waiting[]): number {
  let size = 0;
  for (let bytes = 0; size < waiting.length && size < MAX_TIMERS_PER_GROUP; size++) {
    bytes += waiting[size]?.bytes ?? 0;
    if (bytes > MAX_GROUP_BYTES && size > 0) break;
  }
  return size;
}
