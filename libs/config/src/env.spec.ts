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
    const opened = { DELIVERY_ALLOW_HOSTS: 'Hooks.internal, *.svc', DELIVERY_ALLOW_PORTS: '443, 8443' };
    expect(parseEnv(opened)).toMatchObject({
      DELIVERY_ALLOW_HOSTS: ['hooks.internal', '*.svc'],
      DELIVERY_ALLOW_PORTS: [443, 8443],
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
    ['DELIVERY_ALLOW_HOSTS', '10.0.0.1', 'names such as'],
    ['DELIVERY_ALLOW_HOSTS', 'http://a.com', 'names such as'],
    ['DELIVERY_ALLOW_HOSTS', 'a.*.com', 'names such as'],
    ['DELIVERY_ALLOW_HOSTS', '*', 'names such as'],
    ['DELIVERY_ALLOW_PORTS', '0', 'ports from 1 to 65535'],
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

describe('keys and tokens in the environment', () => {
  const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');

  it('are read, the keys with their ids and in their order', () => {
    const env = parseEnv({ PAYLOAD_KEYS: `k2:${key(2)}, old.k-1:${key(1)}`, CODEC_TOKEN: 'x'.repeat(24) });
    expect(env.PAYLOAD_KEYS).toEqual([
      { id: 'k2', key: Buffer.alloc(32, 2) },
      { id: 'old.k-1', key: Buffer.alloc(32, 1) },
    ]);
    expect(env.CODEC_TOKEN).toBe('x'.repeat(24));
  });

  it('are off by default', () => {
    expect(parseEnv({})).toMatchObject({ PAYLOAD_KEYS: [], CODEC_TOKEN: '', CODEC_ALLOW_ORIGIN: '' });
  });

  it.each([
    ['PAYLOAD_KEYS', `${key(1)}`],
    ['PAYLOAD_KEYS', `k1=${key(1)}`],
    ['PAYLOAD_KEYS', `k 1:${key(1)}`],
    ['PAYLOAD_KEYS', `k1:${Buffer.alloc(16, 1).toString('base64')}`],
    ['PAYLOAD_KEYS', `k1:${Buffer.alloc(33, 1).toString('base64')}`],
    ['PAYLOAD_KEYS', `k1:${key(1)},k1:${key(2)}`],
    ['PAYLOAD_KEYS', `k1:${key(1)},k2:`],
    ['CODEC_TOKEN', 'tooshort'],
    ['CODEC_TOKEN', 'hunter2hunter2 hunter2hunter2'],
  ])('are never shown, not even when they are wrong: %s', (name, value) => {
    let message = '';
    try {
      parseEnv({ [name]: value });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(new RegExp(`^${name} is not as it must be, allowed is `));
    for (const part of value.split(/[:=, ]/).filter(({ length }) => length > 3))
      expect(message).not.toContain(part);
  });

  it.each(['temporal.example.com', 'https://temporal.example.com/', '*', 'null'])(
    '%s is no origin',
    (value) => {
      expect(() => parseEnv({ CODEC_ALLOW_ORIGIN: value })).toThrow(/CODEC_ALLOW_ORIGIN is/);
    },
  );
});
