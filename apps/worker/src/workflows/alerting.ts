import { CancellationScope, sleep, workflowInfo } from '@temporalio/workflow';
import type { AlertKind, JobAlertInput } from '#contracts/job-alert.js';
import type { JobInput, JobState } from '#contracts/job.js';
import { startAlert } from './alert-start.js';

/** Has those told whom a job concerns, in workflows of their own, which outlive it. */
export class Alerting {
  private readonly scope = new CancellationScope();

  constructor(
    private readonly input: JobInput,
    private readonly state: JobState,
  ) {}

  /** From now on the warning before its `kill_at` goes out when it is time. */
  arm(): void {
    const { createdMs, killAtMs, warnBeforeMs = Infinity } = this.input;
    const warnMs = killAtMs - warnBeforeMs;
    if (warnMs <= createdMs || this.state.warned) return;
    const waitMs = warnMs - Date.now();
    void this.scope
      .run(async () => {
        if (waitMs > 0) await sleep(waitMs);
        this.state.warned = true;
        await CancellationScope.nonCancellable(() => this.tell('warning'));
      })
      .catch(() => undefined);
  }

  disarm(): void {
    this.scope.cancel();
  }

  /** Resolves when the engine has it: what follows is its own. */
  async tell(kind: AlertKind): Promise<void> {
    const { id, tenant, plan, killAtMs, labels, alerts } = this.input;
    const { groups } = this.state;
    const names = (statuses: string[]) =>
      plan.groups
        .filter((_, index) => statuses.includes(groups[index]?.status ?? ''))
        .map(({ name }) => name);
    const about = groups.findIndex(({ status }) => ['failed', 'uncertain', 'running'].includes(status));
    const input: JobAlertInput = {
      recipients: [alerts ?? {}, plan.alerts ?? {}],
      alert: {
        ...{ kind, atMs: Date.now() },
        job: { id, tenant, type: plan.type, killAtMs, labels },
        done: names(['succeeded', 'skipped']),
        dropped: names(['waiting', 'running', 'failed', 'uncertain', 'dropped']),
        ...(about >= 0 && { group: plan.groups[about]?.name, error: groups[about]?.error }),
      },
    };
    const { workflowId, runId } = workflowInfo();
    // Once in a run for each kind and time that the group was queued.
    await startAlert(`alert:${workflowId}:${runId}:${kind}:${about}:${groups[about]?.queuedMs ?? 0}`, input);
  }
}
