import { describe, expect, it } from '@jest/globals';
import { parseEnv } from './env.js';
import { readWorkerVersion } from './worker-deployment.js';

const version = (source: Record<string, string>) => readWorkerVersion(parseEnv(source));

describe('the version of a worker', () => {
  it('is none unless it is set', () => {
    expect(version({})).toBeUndefined();
  });

  it('is the name of the deployment and the build', () => {
    const source = { WORKER_DEPLOYMENT_NAME: 'timekeeper', WORKER_BUILD_ID: '1.2.0-4f1a' };
    expect(version(source)).toEqual({ deploymentName: 'timekeeper', buildId: '1.2.0-4f1a' });
  });

  it.each([
    ['WORKER_DEPLOYMENT_NAME', 'WORKER_BUILD_ID must be'],
    ['WORKER_BUILD_ID', 'WORKER_DEPLOYMENT_NAME must be'],
  ])('is refused when only %s is set', (name, message) => {
    expect(() => version({ [name]: 'x' })).toThrow(message);
  });

  // The engine joins both by a dot or a colon.
  it.each(['a.b', 'a:b', 'a b'])('has no deployment named "%s"', (name) => {
    expect(() => version({ WORKER_DEPLOYMENT_NAME: name, WORKER_BUILD_ID: 'x' })).toThrow(
      `WORKER_DEPLOYMENT_NAME is "${name}", allowed is`,
    );
  });
});
