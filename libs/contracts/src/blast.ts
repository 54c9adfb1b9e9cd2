import { defineSignal } from '@temporalio/workflow';

/** The workflow type of every blast. */
export const BLAST_WORKFLOW = 'blast';

export const BLAST_CHANNELS = ['email', 'webhook'] as const;
export type BlastChannel = (typeof BLAST_CHANNELS)[number];

/**
 * - `draft`: recipients come in; nothing happens before it is started
 * - `scheduled`: started, before its time, or before its list is made
 * - `listing`: the list of those who get it is being made
 * - `running`: messages go out, or wait for their own times
 * - `paused`: by the client, or because something is for a person to decide: see its `reason`
 * - `ending`: nothing is begun any more; what was not sent is being canceled
 * - `finished`: nothing is pending
 * - `canceled`: by the client
 * - `killed`: at its `kill_at`
 */
export const BLAST_STATUSES = [
  ...(['draft', 'scheduled', 'listing', 'running', 'paused', 'ending'] as const),
  ...(['finished', 'canceled', 'killed'] as const),
] as const;
export type BlastStatus = (typeof BLAST_STATUSES)[number];

/**
 * - `pending`: to be sent
 * - `sending`: begun, or just about to be
 * - `sent`: taken by the mail server, or answered with success
 * - `failed`: it was not taken, and is not tried again
 * - `skipped`: not wanted there, or not possible: see its reason
 * - `duplicate`: another recipient has the same key and came before
 * - `canceled`: the blast ended before it was begun, or after attempts that were refused
 * - `uncertain`: it was begun, and nobody knows whether it was taken; a person decides
 */
export const RECIPIENT_STATUSES = [
  ...(['pending', 'sending', 'sent', 'failed'] as const),
  ...(['skipped', 'duplicate', 'canceled', 'uncertain'] as const),
] as const;
export type RecipientStatus = (typeof RECIPIENT_STATUSES)[number];

/** What becomes of a message that may have been taken or not: it waits for a person, or is sent again with the same id. */
export const ON_UNCERTAIN = ['hold', 'resend'] as const;
export type OnUncertain = (typeof ON_UNCERTAIN)[number];

/**
 * Why a blast is paused:
 * - `asked`: by the client
 * - `failure-rate`: more messages have failed than `max_failure_rate` allows
 * - `credit`: the tenant has less credit than there are messages
 * - `sender-inactive`: the tenant is disabled
 * - `source`: the pages of its recipients can not be read
 * - `mail-server`: there is none, or it does not accept the login
 */
export const PAUSE_REASONS = [
  ...(['asked', 'failure-rate', 'credit', 'sender-inactive', 'source', 'mail-server'] as const),
] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

/** What everybody gets: Liquid, rendered for each with their own data. */
export interface BlastContent {
  email?: {
    /** Where the text comes from, if it was stored. */
    template?: { name: string; version: number };
    subject: string;
    text?: string;
    html?: string;
    /** `MAIL_FROM` if absent. */
    from?: string;
    replyTo?: string;
    headers?: Record<string, string>;
    /** Whether it says how to opt out. */
    unsubscribe: boolean;
  };
  webhook?: {
    /** Of recipients that have none of their own. */
    url?: string;
    method: 'POST' | 'PUT' | 'PATCH';
    headers: Record<string, string>;
    /** The data of the recipient as JSON if absent. */
    body?: string;
    timeoutMs: number;
  };
}

/** From when until when messages go out, by the clock where the recipient is. */
export interface BlastWindow {
  /** Minutes of the day. The window goes over midnight if it ends before it begins. */
  fromMinute: number;
  untilMinute: number;
  /** 1 is Monday, 7 Sunday: days on which it begins. */
  days: number[];
}

/** When messages go out. */
export interface BlastTimes {
  /** One moment for all, ms since the epoch; with a local time, when the first could be due. The list is not made before. */
  atMs?: number;
  /** The same time of day for each, where they are: a local time such as `2027-03-28T09:30:00`. */
  local?: string;
  /** Of recipients who have none: an IANA name. */
  timezone: string;
  window?: BlastWindow;
}

/** When a message that was not taken, but may be later, is tried again. */
export interface BlastRetry {
  maxAttempts: number;
  /** From the first to the second attempt; each further delay is twice the one before. */
  delayMs: number;
}

/**
 * So many batches of a blast are under way at a time, wherever workers are. Each has its part of the parallelism, so that
 * all of them together keep to it without asking each other.
 */
export const BLAST_LANES = 4;

/** Recipients of a batch. */
export const BATCH_SIZE = 500;

/** A batch takes nothing more after so long, however many it has sent. */
export const BATCH_LIMIT_MS = 60_000;

/**
 * What has waited so long for its place, at a low rate or behind much else, is given back: longer than the lowest rate
 * makes any lane wait, or nothing would ever be sent.
 */
export const BATCH_WAIT_MS = 2 * 3_600_000;

/** So much later what was begun has ended. A batch that goes on after that counts as lost: heartbeats tell of workers. */
export const BATCH_TIMEOUT_MS = BATCH_WAIT_MS + 15 * 60_000;

/** Of the parallelism of a blast, the part of a lane. */
export function laneShare(parallelism: number, lane: number): number {
  return Math.floor(parallelism / BLAST_LANES) + (lane < parallelism % BLAST_LANES ? 1 : 0);
}

/** Which blast. */
export interface BlastKey {
  tenant: string;
  id: string;
}

/** How a blast stands, as far as its workflow has to know. */
export interface BlastView {
  status: BlastStatus;
  /** Counts the times that it was started. */
  run: number;
  parallelism: number;
  /** Nothing is begun before, ms since the epoch; absent if it may begin at once. */
  startMs?: number;
  killMs?: number;
  /** When the first of those who are pending is due, which may have passed; absent if nobody is. */
  nextMs?: number;
}

/** Which blast is looked at. */
export interface BlastLook extends BlastKey {
  /** Nobody sends for it: what seems to be under way was lost. */
  quiet: boolean;
}

/** Some recipients of a blast are to get their message. */
export interface BatchTask extends BlastKey {
  /** Which part of the parallelism is its own. */
  lane: number;
  /** Later ones of a blast have greater numbers. */
  batch: number;
  /** `NO_TALLY`: workers of before judged by it how many fail. */
  tally: BlastTally;
}

export interface BlastTally {
  sent: number;
  failed: number;
}

/** Workers of before counted in the workflow, and have to find it where they take over. What counts is in `blast_lanes`. */
export const NO_TALLY: BlastTally = { sent: 0, failed: 0 };

/** What came of a batch. */
export interface BatchEnd extends BlastTally {
  /**
   * - `full`: it has had as many as a batch takes, or as long
   * - `idle`: nothing more is due now
   * - `stopped`: the blast does not run any more, or the worker ends
   */
  why: 'full' | 'idle' | 'stopped';
}

/** How a run of a blast ends. */
export type BlastEnd = 'finished' | 'canceled' | 'killed';

/** Which run of which blast. */
export interface BlastRunKey extends BlastKey {
  run: number;
}

export interface BlastActivities {
  /** How it stands; null if it is gone. */
  viewBlast(look: BlastLook): Promise<BlastView | null>;
  /** The list stage: who gets it, and when. */
  listRecipients(blast: BlastRunKey): Promise<void>;
  sendBatch(task: BatchTask): Promise<BatchEnd>;
  /** Ends it, unless something is pending that was not to be canceled. */
  endBlast(blast: BlastRunKey & { end: BlastEnd }): Promise<void>;
}

export interface BlastInput extends BlastKey {
  /** From the run before. */
  state?: BlastState;
}

/** What a blast's workflow knows of itself. */
export interface BlastState {
  batch: number;
  /** `NO_TALLY` */
  tally: BlastTally;
}

/** It was changed: look again. */
export const blastChanged = defineSignal('blastChanged');

/** The tenant is part of it, so no id of a blast reaches across tenants. */
export function blastWorkflowId(tenant: string, blastId: string): string {
  return `blast:${tenant}:${blastId}`;
}

/** The id of a recipient's message, the same at every attempt: `webhook-id`, and what `Message-ID` follows from. */
export function messageId(blastId: string, recipient: number): string {
  return `${blastId}_${recipient}`;
}
