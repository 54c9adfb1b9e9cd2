import { describe, expect, it } from '@jest/globals';
import { AddressGuard } from '#destinations/address-guard.js';
import { DestinationPolicy } from '#destinations/destination-policy.js';
import { ProblemException } from '../http/problem.exception.js';
import { CourtesyLookup } from './courtesy-lookup.js';
import type { ResolveName } from './courtesy-lookup.js';
import { DestinationCheck } from './destination-check.js';

function checkWith(resolve: ResolveName, timeoutMs = 30_000): DestinationCheck {
  const settings = { allowCidrs: [], allowHosts: ['hooks.internal'], allowPorts: [] };
  const policy = new DestinationPolicy(settings, new AddressGuard([], () => []));
  return new DestinationCheck(policy, new CourtesyLookup(resolve, timeoutMs));
}

describe('the check of a destination when a timer is set', () => {
  it('refuses what the url alone shows, and a name that points to a private address, in the same words', async () => {
    const check = checkWith(() => Promise.resolve(['1.1.1.1', '10.0.0.1']));
    const refusals = await Promise.allSettled(
      ['http://127.0.0.1/', 'http://localhost/', 'http://a.com:22/', 'http://a.com/'].map((url) =>
        check.check(url),
      ),
    );
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({
        status: 'rejected',
        reason: { status: 422, kind: 'destination_blocked' },
      });
    }
    expect(
      new Set(refusals.map((refusal) => (refusal as { reason: ProblemException }).reason.message)).size,
    ).toBe(1);
  });

  it('lets a name pass that does not resolve, or not in time', async () => {
    await checkWith(() => Promise.reject(new Error('ENOTFOUND'))).check('http://a.com/');
    await checkWith(() => Promise.resolve([])).check('http://a.com/');
    await checkWith(() => new Promise(() => undefined), 10).check('http://a.com/');
  });

  it('does not look up what is decided already: addresses and hosts that the operator has opened', async () => {
    const check = checkWith(() => Promise.resolve(['10.0.0.1']));
    await check.check('http://1.1.1.1/');
    await check.check('http://[2606:4700::1111]/');
    await check.check('http://hooks.internal./');
  });

  it('asks for a name once, whoever asks in whatever spelling, and for a hundred names at a time', async () => {
    const asked: string[] = [];
    const check = checkWith((host) => {
      asked.push(host);
      return new Promise(() => undefined);
    }, 20);
    const urls = Array.from({ length: 500 }, (_, index) => `http://name-${index}.com/`);
    await Promise.all([...urls, 'http://NAME-1.com/', 'http://name-1.com./x'].map((url) => check.check(url)));
    expect(asked).toHaveLength(100);
    expect(new Set(asked).size).toBe(100);
  });
});
