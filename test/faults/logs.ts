import { closeSync, existsSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What the receiver knows of one request. */
export interface RequestLine {
  type: 'request';
  /** When its head was complete, by the clock of the day and by one that is never set. */
  wallMs: number;
  monoMs: number;
  method: string;
  path: string;
  /** `webhook-id`, and `webhook-timestamp` in seconds. */
  id: string | null;
  timestamp: string | null;
  sha256: string;
  /** `ok`, or why it is not. */
  signature: string;
  /** Requests of the same destination that were under way, itself included. */
  parallel: number;
  /** The status that it was answered with, 0 for none, and so long after it came. */
  answer: number;
  afterMs: number;
}

export interface KilledLine {
  type: 'killed';
  wallMs: number;
  pid: number;
  when: string;
  /** Of the request; none where nothing of it had come. */
  path?: string;
}

/** What the client did, and what it was told. `key` is its own name for a timer, and the path that the timer goes to. */
export type DriverLine = { key: string; atMs: number } & (
  | { type: 'invoke'; sha256: string; ends: TimerEnd }
  | { type: 'ok'; id: string; dueMs: number }
  | { type: 'fail'; status: number }
  /** The timer may be stored, or not. */
  | { type: 'info'; status: number }
  /** A cancel or a move that was answered with 200. */
  | { type: 'canceled' }
  /** One that was kept for later, or not answered. */
  | { type: 'perhaps canceled' }
  | { type: 'moved'; dueMs: number }
  /** What GET says of it in the end. */
  | { type: 'final'; status: string }
);

export type TimerEnd = 'delivered' | 'failed' | 'expired';

/** One fault: what was done to whom. */
export interface FaultLine {
  what: string;
  pid: number;
  fromMs: number;
  /** Until then outcomes of requests could get lost. A kill is over at once; 0 if none may be. */
  untilMs: number;
  healedMs: number;
}

/** A file of JSON lines that only grows. What is written is on disk when `write` returns, if asked for. */
export class JsonLog<Line> {
  readonly lines: Line[] = [];
  private readonly descriptor: number;

  constructor(file: string) {
    this.descriptor = openSync(file, 'a');
  }

  write(line: Line): void {
    this.lines.push(line);
    writeSync(this.descriptor, `${JSON.stringify(line)}\n`);
  }

  close(): void {
    fdatasyncSync(this.descriptor);
    closeSync(this.descriptor);
  }
}

/** The last line may still be being written. */
export function readLog<Line>(file: string): Line[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}
