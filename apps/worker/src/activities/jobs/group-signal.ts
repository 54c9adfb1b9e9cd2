/** Of these, the first one that comes about stops a group. */
export interface StopCauses {
  /** The engine has called it off, or has given it to another worker. */
  canceled: AbortSignal;
  /** This worker is to go. */
  shutdown: AbortSignal;
  timeoutMs: number;
  /** Until the job is killed. No clock is asked for it: this machine's may be wrong. */
  leftMs: number;
}

export type StopReason = 'canceled' | 'shutdown' | 'time-out' | 'kill';

/** Why a group was stopped: the reason of its signal. */
export class GroupStopped extends Error {
  override readonly name = 'GroupStopped';

  constructor(readonly why: StopReason) {
    super(MESSAGES[why]);
  }
}

const MESSAGES: Record<StopReason, string> = {
  canceled: 'canceled',
  shutdown: 'its worker is shutting down',
  'time-out': 'it took longer than its time limit',
  kill: 'the time of the job was over',
};

/** The token that steps see. `release` when the group is over. */
export function groupSignal({ canceled, shutdown, timeoutMs, leftMs }: StopCauses): {
  signal: AbortSignal;
  release: () => void;
} {
  const controller = new AbortController();
  const over = new AbortController();
  const stop = (why: StopReason) => () => controller.abort(new GroupStopped(why));
  if (leftMs <= 0) stop('kill')();
  const timer = setTimeout(stop(leftMs <= timeoutMs ? 'kill' : 'time-out'), Math.min(timeoutMs, leftMs));
  const causes = [
    [canceled, 'canceled'],
    [shutdown, 'shutdown'],
  ] as const;
  for (const [cause, why] of causes) {
    if (cause.aborted) stop(why)();
    cause.addEventListener('abort', stop(why), { signal: over.signal });
  }
  const release = () => {
    clearTimeout(timer);
    over.abort();
  };
  return { signal: controller.signal, release };
}
