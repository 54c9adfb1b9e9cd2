import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from '../../scripts/paths.js';
import { Jobs, JOB_TYPES } from '../support/jobs.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

const SKEW_CLOCK = pathToFileURL(join(ROOT, 'test/support/skew-clock.mjs')).href;

describe('a worker', () => {
  let system: System;
  let receiver: Receiver;

  beforeAll(async () => {
    const env = { WORKER_JOB_TYPES: JOB_TYPES };
    [system, receiver] = await Promise.all([System.start({ database: true, env }), Receiver.start()]);
  });

  afterAll(async () => {
    await receiver.stop();
    await system.stop();
  });

  it.each([
    [-8_000, 'behind'],
    [8_000, 'ahead of'],
  ])(
    'whose clock is off by %d ms says so, and sends on time by the clock of the engine',
    async (skewMs, where) => {
      await system.worker.stop();
      system.worker.start({ NODE_OPTIONS: `--import ${SKEW_CLOCK}`, CLOCK_SKEW_MS: String(skewMs) });
      await system.worker.ready();
      const path = `/off-by-${skewMs}/`;
      const timers = [await system.post({ url: receiver.url(`${path}at-once`) })];
      for (let i = 0; i < 5; i++)
        timers.push(await system.post({ seconds: 4, url: receiver.url(`${path}${i}`) }));
      await receiver.received(path, 6);
      const dueMs = new Map(timers.map(({ id, fire_at }) => [id, Date.parse(fire_at)]));
      for (const { atMs, headers } of receiver.at(path)) {
        const latenessMs = atMs - (dueMs.get(String(headers['webhook-id'])) ?? 0);
        expect(latenessMs).toBeGreaterThanOrEqual(0);
        expect(latenessMs).toBeLessThan(2_000);
      }
      const warning = new RegExp(`clock is (7[5-9]|8[0-4])\\d\\d ms ${where} the engine's`);
      expect(readFileSync(system.worker.logFile, 'utf8')).toMatch(warning);
    },
  );

  it('whose clock is hours ahead kills no job before its time', async () => {
    await system.worker.stop();
    system.worker.start({ NODE_OPTIONS: `--import ${SKEW_CLOCK}`, CLOCK_SKEW_MS: String(7_200_000) });
    await system.worker.ready();
    const jobs = new Jobs(system);
    await jobs.published('ordered');
    const kill_at = new Date(Date.now() + 3_600_000).toISOString();
    const id = await jobs.start('ordered', { url: receiver.url('/in-time') }, { kill_at });
    await jobs.reached(id, 'succeeded');
  });
});
