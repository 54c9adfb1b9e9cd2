import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

const GRPC_NOT_FOUND = 5;
/**
 * What passes: no answer in time, too much at once, somebody else's change at the same moment, an engine that is away; and
 * a failed precondition, as long as the workers of the version serve some of the task queues only.
 */
const GRPC_TO_BE_RETRIED = new Set([4, 8, 9, 10, 14]);
const CALL_TIMEOUT_MS = 10_000;
const RETRY_MS = 500;
/** As the engine's API numbers it: every part of it knows of the last change. */
const UPDATE_COMPLETED = 2;

/** What a new version is given, and for how long its workers are waited for. */
export interface VersionChange {
  /** Undefined: workers without a version. */
  buildId?: string;
  /** From 0 to 100: only this share of what runs. Undefined: it becomes the current version, of everything. */
  rampPercentage?: number;
  timeoutMs: number;
}

export interface DeploymentState {
  /** Undefined: workers without a version get the work. */
  current?: string;
  ramping?: { buildId?: string; percentage: number };
  /** Builds whose workers the engine has seen. */
  builds: string[];
}

/** The version was not there in time, or the engine did not take it. */
export class VersionNotTaken extends Error {}

/** The versions of the workers of one deployment, as the engine knows them. */
export class WorkerVersions {
  constructor(
    private readonly client: Client,
    private readonly deploymentName: string,
  ) {}

  /** Undefined: no worker with a version of it has ever come. */
  async read(): Promise<DeploymentState | undefined> {
    const info = await this.describe();
    const { currentDeploymentVersion, rampingDeploymentVersion, rampingVersionPercentage } =
      info?.routingConfig ?? {};
    if (!info) return undefined;
    return {
      ...(currentDeploymentVersion?.buildId && { current: currentDeploymentVersion.buildId }),
      ...(rampingVersionPercentage && {
        ramping: {
          ...(rampingDeploymentVersion?.buildId && { buildId: rampingDeploymentVersion.buildId }),
          percentage: rampingVersionPercentage,
        },
      }),
      builds: (info.versionSummaries ?? []).map(({ deploymentVersion }) => deploymentVersion?.buildId ?? ''),
    };
  }

  /** Waits until workers of the version serve all that the current one does, then gives them the work. */
  async change(change: VersionChange): Promise<void> {
    const { buildId, timeoutMs } = change;
    const deadlineMs = Date.now() + timeoutMs;
    for (let refusal = 'no worker of it has come'; ;) {
      try {
        if (!buildId || (await this.read())?.builds.includes(buildId)) {
          await this.set(change);
          break;
        }
      } catch (error) {
        const { code, details } = error as { code?: number; details?: string };
        if (!GRPC_TO_BE_RETRIED.has(code ?? 0)) throw error;
        refusal = details ?? String(error);
      }
      if (Date.now() > deadlineMs) {
        const what = `build ${buildId ?? 'none'} of deployment ${this.deploymentName}`;
        throw new VersionNotTaken(`${what} was not taken within ${timeoutMs} ms: ${refusal}`);
      }
      await sleep(RETRY_MS);
    }
    while (
      Number((await this.describe())?.routingConfigUpdateState) !== UPDATE_COMPLETED &&
      Date.now() < deadlineMs
    )
      await sleep(RETRY_MS);
  }

  private async set({ buildId = '', rampPercentage }: VersionChange): Promise<void> {
    const { deploymentName } = this;
    const { namespace, identity } = this.client.options;
    const request = { namespace, identity, deploymentName, buildId };
    const { workflowService } = this.client;
    await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, async () => {
      if (rampPercentage === undefined) await workflowService.setWorkerDeploymentCurrentVersion(request);
      else
        await workflowService.setWorkerDeploymentRampingVersion({ ...request, percentage: rampPercentage });
    });
  }

  private async describe() {
    const { namespace } = this.client.options;
    const request = { namespace, deploymentName: this.deploymentName };
    try {
      const { workerDeploymentInfo } = await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
        this.client.workflowService.describeWorkerDeployment(request),
      );
      return workerDeploymentInfo ?? undefined;
    } catch (error) {
      if ((error as { code?: number }).code === GRPC_NOT_FOUND) return undefined;
      throw error;
    }
  }
}
