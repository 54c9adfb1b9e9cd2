import { describe, expect, it } from '@jest/globals';
import { parseEnv } from './env.js';
import { VARIABLES } from './variables.js';

describe('the environment', () => {
  it('has a default for everything, which is allowed itself', () => {
    const env = parseEnv({});
    expect(Object.keys(env)).toEqual(Object.keys(VARIABLES));
    expect(env).toMatchObject({ PORT: 3000, RETENTION_DAYS: 30, DELIVERY_ALLOW_CIDRS: [] });
    expect(env.RETRY_DELAYS_SECONDS).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]);
  });

  it('takes an empty text for not set, and does not mind spaces around a value', () => {
    expect(parseEnv({ PORT: '', WORKER_PORT: ' 4001 ' })).toMatchObject({ PORT: 3000, WORKER_PORT: 4001 });
  });

  it('reads lists', () => {
    const env = parseEnv({ RETRY_DELAYS_SECONDS: '1, 2', DELIVERY_ALLOW_CIDRS: '10.0.0.0/8, fd00::/8' });
    expect(env).toMatchObject({
      RETRY_DELAYS_SECONDS: [1, 2],
      DELIVERY_ALLOW_CIDRS: ['10.0.0.0/8', 'fd00::/8'],
    });
  });

  it('reads pairs', () => {
    const env = parseEnv({ TENANT_TASK_QUEUES: 'acme=timers-acme, beta = timers-beta' });
    expect(env.TENANT_TASK_QUEUES).toEqual({ acme: 'timers-acme', beta: 'timers-beta' });
  });

  it.each([
    ['PORT', 'abc', 'a port from 1 to 65535'],
    ['PORT', '0x10', 'a port from 1 to 65535'],
    ['PORT', '65536', 'a port from 1 to 65535'],
    ['HORIZON_DAYS', '36501', 'a whole number from 1 to 36500'],
    ['HORIZON_DAYS', '1.5', 'a whole number from 1 to 36500'],
    ['LOG_LEVEL', 'loud', 'one of trace, debug, info, warn, error, fatal'],
    ['TEMPORAL_PREPARE_NAMESPACE', 'yes', 'true or false'],
    ['RETRY_DELAYS_SECONDS', '5,,300', '1 to 20 whole numbers from 0 to 2592000, separated by commas'],
    ['DELIVERY_ALLOW_CIDRS', '10.0.0.0/33', 'networks such as'],
    ['DELIVERY_ALLOW_CIDRS', 'localhost/8', 'networks such as'],
    ['TENANT_TASK_QUEUES', 'acme', 'pairs such as tenant=name'],
    ['TENANT_TASK_QUEUES', 'acme=a=b', 'pairs such as tenant=name'],
    ['WORKER_TASK_QUEUES', 'timers,', 'names of letters'],
  ])('refuses %s=%s, and says what is allowed', (name, value, allowed) => {
    expect(() => parseEnv({ [name]: value })).toThrow(`${name} is "${value}", allowed is ${allowed}`);
  });

  it('names everything that is wrong at once', () => {
    expect(() => parseEnv({ PORT: 'a', HORIZON_DAYS: 'b' })).toThrow(/PORT is "a".*\nHORIZON_DAYS is "b"/);
  });
});
