import type { DriverLine, TimerEnd } from './logs.js';

/** One timer as its client sees it. */
export interface Story {
  key: string;
  sha256: string;
  ends: TimerEnd;
  invokedMs: number;
  /** When the client knew how its POST ended. */
  answeredMs: number;
  /** Only of a timer that was accepted. */
  id?: string;
  /** The last deadline that was confirmed. */
  dueMs?: number;
  /** There was no answer, or one that leaves it open. */
  unknown: boolean;
  canceledMs?: number;
  /** A cancel was asked for, and it is not known what came of it. */
  perhapsCanceled: boolean;
  /** What GET said in the end. */
  final?: string;
  /** The deadline that held at a time: while a move was not confirmed, either may. */
  dueAt(atMs: number): number | undefined;
}

export function storyOf(key: string, lines: DriverLine[]): Story {
  const find = <T extends DriverLine['type']>(type: T) =>
    lines.findLast((line): line is Extract<DriverLine, { type: T }> => line.type === type);
  const [invoke, ok, info, moved] = [find('invoke'), find('ok'), find('info'), find('moved')];
  if (!invoke) throw new Error(`the log of the client begins ${key} without an invocation`);
  const answered = lines.find(({ type }) => type === 'ok' || type === 'fail' || type === 'info');
  return {
    ...{ key, sha256: invoke.sha256, ends: invoke.ends, invokedMs: invoke.atMs },
    answeredMs: answered?.atMs ?? Infinity,
    id: ok?.id,
    dueMs: moved?.dueMs ?? ok?.dueMs,
    unknown: !ok && (info !== undefined || answered === undefined),
    perhapsCanceled: find('perhaps canceled') !== undefined,
    canceledMs: find('canceled')?.atMs,
    final: find('final')?.status,
    dueAt: (atMs) =>
      moved && atMs > moved.atMs ? moved.dueMs : ok && Math.min(ok.dueMs, moved?.dueMs ?? Infinity),
  };
}
