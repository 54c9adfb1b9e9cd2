import { InvalidEnvironment } from './env.js';
import type { Env } from './env.js';

/** The version of a worker that the engine tells from others. */
export interface WorkerVersion {
  deploymentName: string;
  buildId: string;
}

/** Undefined where workers are not told apart by their version. Throws `InvalidEnvironment` where half of it is set. */
export function readWorkerVersion({
  WORKER_DEPLOYMENT_NAME: deploymentName,
  WORKER_BUILD_ID: buildId,
}: Env): WorkerVersion | undefined {
  if (deploymentName && buildId) return { deploymentName, buildId };
  if (!deploymentName && !buildId) return undefined;
  const [set, missing] = deploymentName
    ? ['WORKER_DEPLOYMENT_NAME', 'WORKER_BUILD_ID']
    : ['WORKER_BUILD_ID', 'WORKER_DEPLOYMENT_NAME'];
  throw new InvalidEnvironment(
    `${set} is set, so ${missing} must be: workers have a version by both or none`,
  );
}
