import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { newDestination } from '#contracts/destination.js';
import type { DestinationStatus } from '#contracts/destination.js';
import { createLogger } from '#observability/logger.js';
import { Destinations } from './destinations.js';
import type { EngineClock } from './engine-clock.js';
import type { SharedDestinations } from './shared-destinations.js';

const logger = createLogger({ name: 'test', level: 'fatal', format: 'json' });
const clock = { now: () => Date.now() } as EngineClock;

describe('the destinations that a worker knows', () => {
  let list: { statuses: DestinationStatus[]; complete: boolean };
  let destinations: Destinations;

  beforeEach(async () => {
    jest.useFakeTimers();
    const paused: DestinationStatus = {
      ...newDestination('acme', 'example.com', Date.now()),
      state: 'paused',
    };
    list = { statuses: [paused], complete: true };
    const shared = { list: () => Promise.resolve(list) } as unknown as SharedDestinations;
    destinations = new Destinations(shared, clock, logger, 100, 0);
    destinations.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(await destinations.admit('acme', 'example.com')).toBeGreaterThan(Date.now());
  });

  afterEach(() => {
    destinations.onModuleDestroy();
    jest.useRealTimers();
  });

  it('are healthy again when the engine has them no more', async () => {
    list = { statuses: [], complete: true };
    await jest.advanceTimersByTimeAsync(20_000);
    expect(await destinations.admit('acme', 'example.com')).toBeUndefined();
  });

  it('are not taken for healthy because a list was cut off before them', async () => {
    list = { statuses: [], complete: false };
    await jest.advanceTimersByTimeAsync(60 * 60_000);
    expect(await destinations.admit('acme', 'example.com')).toBeGreaterThan(Date.now());
  });
});
