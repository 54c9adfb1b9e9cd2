import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Timer, TimerView } from './timers.js';

/**
 * What a client may do to a timer.
 * - `cancel`: nothing of it is begun any more
 * - `modify`: another time or another delivery; `set` replaces fields, `unset` takes them away
 * - `fire`: its next attempt is due now
 * - `redeliver`: after its end, a new series of attempts, due now
 */
export type TimerChange = Modification | SimpleChange;

/** One that says all by its kind. */
export type SimpleChange = ChangeOf<'cancel'> | ChangeOf<'fire'> | ChangeOf<'redeliver'>;

interface ChangeOf<Kind> {
  kind: Kind;
  /** The only versions that the client wants to have changed. */
  ifVersions?: number[];
}

export interface Modification extends ChangeOf<'modify'> {
  set: Partial<Omit<Timer, 'id'>>;
  unset?: (keyof Timer)[];
  /** The version that the server has checked the rest against; it looks again if it is another one meanwhile. */
  basedOn?: number;
}

export interface ChangeRequest {
  /** The same at every try, so that it is made once. */
  changeId: string;
  /** Of the timer. */
  id: string;
  change: TimerChange;
}

/**
 * - `made`: as asked for. For `cancel` also if it was canceled before
 * - `refused`: the timer's status does not allow it; its dispatch may have begun
 * - `stale`: the timer is not in the version that the client knows
 * - `too-large`: the timers of its group would be too much for the engine to keep together
 * - `unknown`: there is no timer with this id
 */
export type ChangeOutcome = 'made' | 'refused' | 'stale' | 'too-large' | 'unknown';

export interface ChangeResult {
  outcome: ChangeOutcome;
  /** After the change; null if the timer is unknown. */
  view: TimerView | null;
  /** It had been made before, by the same change. */
  repeated?: boolean;
  /** Its dispatch has begun and nobody knows yet what came of it. */
  dispatching: boolean;
}

/** Decides a change against the firing, and answers when that is certain. */
export const changeTimer = defineUpdate<ChangeResult, [request: ChangeRequest]>('changeTimer');

/** The same without an answer: the engine keeps it until a worker is there. */
export const changeRequested = defineSignal<[request: ChangeRequest]>('changeRequested');

/** What became of one change of several. */
export type ChangeDecision = Pick<ChangeResult, 'outcome' | 'repeated'>;

/** Decides changes to several timers of the group as one, in their order: a window is given back once for all of them. */
export const changeSeveral = defineUpdate<ChangeDecision[], [requests: ChangeRequest[]]>('changeSeveral');

/** The same without an answer. */
export const severalChangesRequested = defineSignal<[requests: ChangeRequest[]]>('severalChangesRequested');
