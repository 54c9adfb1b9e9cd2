import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { decodeTimerId, groupKeyFrom, timersWorkflowId } from '#contracts/timer-id.js';
import type { Timer, TimersInput } from '#contracts/timers.js';
import { TimerReader } from '#timers/timer-reader.js';
import { KEY_KEPT_MS, keyReused } from '../http/idempotency-key.js';
import { KeysInFlight } from '../http/keys-in-flight.js';
import type { KeyedBody } from '../http/keys-in-flight.js';
import { ANSWER_TIMEOUT_MS } from './group-commit.js';
import { GroupStart } from '#timers/group-start.js';
import type { TimerRequest } from '#timers/group-start.js';

/** Timers of such a request that share a group: all of them, or of a batch one part after the other. */
export interface Part {
  number: number;
  requests: TimerRequest[];
  /** Of a batch: where in it each of them stands. */
  places?: number[];
}

export interface StoredPart {
  timers: Timer[];
  places: number[];
  /** When the request first came. */
  atMs: number;
  /** It had come before. */
  replayed: boolean;
}

/**
 * The groups of requests with an `Idempotency-Key`. Each has a group of its own, whose key follows from the request's: the
 * engine starts it once, whoever asks, and its input tells what it was started for.
 */
@Injectable()
export class KeyedGroups {
  private readonly inFlight = new KeysInFlight();

  constructor(
    private readonly groups: GroupStart,
    private readonly reader: TimerReader,
  ) {}

  /** Runs unless the same key is under way here: then the problem is 409. */
  alone<T>(body: KeyedBody, run: () => Promise<T>): Promise<T> {
    return this.inFlight.alone(body, run);
  }

  /** Stores the part, or finds it stored by the same request before. Problem 422 if that was another request. */
  async store(body: KeyedBody, part: Part, nowMs: number): Promise<StoredPart> {
    const { requests, places = requests.map((_, place) => place) } = part;
    const request = { atMs: nowMs, fingerprint: body.fingerprint, places: part.places };
    for (let generation = 0; ;) {
      const deadlineMs = Date.now() + ANSWER_TIMEOUT_MS;
      const groupKey = groupKeyOf(body, part.number, generation);
      try {
        const timers = await this.groups.start(body.tenant, requests, { deadlineMs, groupKey, request });
        return { timers, places, atMs: nowMs, replayed: false };
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      const start = await this.readStart(body, groupKey);
      const stored = start && storedPart(start, body, nowMs);
      if (stored) return stored;
      // Gone meanwhile: the same again. Too old: the key is free, and what it stands for next has another group.
      if (start) generation += 1;
    }
  }

  /** The part as the same request has stored it before, if it has. */
  async find(body: KeyedBody, number: number, nowMs: number): Promise<StoredPart | undefined> {
    for (let generation = 0; ; generation++) {
      const groupKey = groupKeyOf(body, number, generation);
      const start = await this.readStart(body, groupKey);
      if (!start) return undefined;
      const stored = storedPart(start, body, nowMs);
      if (stored) return stored;
    }
  }

  private readStart({ tenant }: KeyedBody, groupKey: string): Promise<TimersInput | null> {
    return this.reader.readStart(timersWorkflowId(tenant, groupKey, this.groups.kind));
  }
}

function groupKeyOf({ tenant, route, key }: KeyedBody, part: number, generation: number): string {
  const text = JSON.stringify([tenant, route, key, part, generation]);
  return groupKeyFrom(createHash('sha256').update(text).digest());
}

/** Undefined if the key does not stand for it any more. */
function storedPart(start: TimersInput, body: KeyedBody, nowMs: number): StoredPart | undefined {
  const { request } = start;
  if (!request || nowMs - request.atMs >= KEY_KEPT_MS) return undefined;
  if (request.fingerprint !== body.fingerprint) throw keyReused();
  // Of a later run as well: its timers may have been moved, but an id keeps the first due time, and notices have come
  // behind the timers.
  const timers = start.timers
    .filter(({ noticeOf }) => !noticeOf)
    .map((timer) => ({ ...timer, dueMs: decodeTimerId(timer.id)?.dueMs ?? timer.dueMs }));
  const places = request.places ?? timers.map((_, place) => place);
  return { timers, places, atMs: request.atMs, replayed: true };
}
