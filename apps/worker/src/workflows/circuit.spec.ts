import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newDestination } from '#contracts/destination.js';
import type { CircuitSettings, DestinationInput, OutcomeReport } from '#contracts/destination.js';
import { Circuit } from './circuit.js';

const T0 = 1_800_000_000_000;
const MINUTE = 60_000;
const settings: CircuitSettings = {
  ...{ pauseAfterMs: 30 * MINUTE, probeIntervalMs: 5 * MINUTE, quietMs: MINUTE },
};

const circuit = () => new Circuit({ settings, status: newDestination('acme', 'example.com', T0) });
const failed = (atMs: number, failures = 10, sinceMs = atMs): OutcomeReport => ({
  ...{ successes: 0, failures, failingSinceMs: sinceMs, lastFailureMs: atMs, lastError: 'timeout' },
});
const succeeded: OutcomeReport = { successes: 1, failures: 0 };

function paused(): Circuit {
  const failing = circuit();
  failing.apply(failed(T0), T0);
  failing.apply(failed(T0 + 30 * MINUTE), T0 + 30 * MINUTE);
  return failing;
}

describe('the circuit of a destination', () => {
  it('is slowed from the first report on, and says why', () => {
    const failing = circuit();
    failing.apply(failed(T0 + 5, 10, T0 - 70), T0 + 9);
    expect(failing.view()).toMatchObject({
      ...{ state: 'slowed', sinceMs: T0, consecutiveFailures: 10, failingSinceMs: T0 - 70 },
      ...{ lastFailureMs: T0 + 5, lastError: 'timeout' },
    });
  });

  it('tells of a probe no earlier than the destination has asked for, and gives none out before', () => {
    const asking = circuit();
    asking.apply(failed(T0), T0);
    const pausedMs = T0 + 30 * MINUTE;
    asking.apply({ ...failed(pausedMs), notBeforeMs: pausedMs + 60 * MINUTE }, pausedMs);
    const { nextProbeMs = NaN } = asking.view();
    expect(nextProbeMs).toBe(pausedMs + 15 * MINUTE);
    expect(asking.claimProbe(nextProbeMs - 1)).toBe(false);
    expect(asking.claimProbe(nextProbeMs)).toBe(true);
  });

  it('is paused by the first failure after it has failed for half an hour, and not before', () => {
    const failing = circuit();
    failing.apply(failed(T0), T0);
    failing.apply(failed(T0 + 30 * MINUTE - 1), T0 + 30 * MINUTE - 1);
    expect(failing.view().state).toBe('slowed');
    failing.apply(failed(T0 + 30 * MINUTE), T0 + 30 * MINUTE);
    expect(failing.view()).toMatchObject({
      ...{ state: 'paused', sinceMs: T0 + 30 * MINUTE, nextProbeMs: T0 + 35 * MINUTE },
      consecutiveFailures: 30,
    });
  });

  it('is not paused where a success came between, whichever worker saw it', () => {
    const failing = circuit();
    failing.apply(failed(T0), T0);
    failing.apply(succeeded, T0 + 20 * MINUTE);
    failing.apply(failed(T0 + 30 * MINUTE, 1, T0), T0 + 30 * MINUTE);
    expect(failing.view()).toMatchObject({ state: 'slowed', consecutiveFailures: 1 });
  });

  it('gives out one probe in each interval, and none before the first has passed', () => {
    const failing = paused();
    const probeMs = T0 + 35 * MINUTE;
    expect(failing.claimProbe(probeMs - 1)).toBe(false);
    expect(failing.claimProbe(probeMs)).toBe(true);
    expect(failing.claimProbe(probeMs + 5 * MINUTE - 1)).toBe(false);
    expect(failing.claimProbe(probeMs + 5 * MINUTE)).toBe(true);
  });

  it('ends its pause with a success, and is healthy after a while without failures', () => {
    const failing = paused();
    const nowMs = T0 + 40 * MINUTE;
    failing.apply(succeeded, nowMs);
    expect(failing.view()).toMatchObject({ state: 'slowed', sinceMs: nowMs, consecutiveFailures: 0 });
    expect(failing.nextWakeMs).toBe(nowMs + MINUTE);
    failing.passTime(nowMs + MINUTE - 1);
    expect(failing.closed).toBe(false);
    failing.passTime(nowMs + MINUTE);
    expect(failing.closed).toBe(true);
  });

  it('is resumed by a client with a clean slate', () => {
    const failing = paused();
    const nowMs = T0 + 31 * MINUTE;
    failing.resume(nowMs);
    expect(failing.view()).toMatchObject({ state: 'slowed', consecutiveFailures: 0 });
    failing.apply(failed(nowMs + 1, 10, T0), nowMs + 1);
    expect(failing.view()).toMatchObject({ state: 'slowed', failingSinceMs: nowMs });
  });

  it('stays paused when a client has paused it, whatever comes, until a client resumes it', () => {
    const failing = circuit();
    failing.pause(T0);
    failing.apply(succeeded, T0 + 1);
    failing.passTime(T0 + 1e12);
    expect(failing.claimProbe(T0 + 1e12)).toBe(false);
    expect(failing.view().state).toBe('paused');
    expect(failing.closed).toBe(false);
    failing.resume(T0 + 1e12);
    expect(failing.view().state).toBe('slowed');
  });

  it('keeps to what the destination asks for, within reason', () => {
    const failing = circuit();
    failing.apply({ ...failed(T0, 1), notBeforeMs: T0 + 5_000 }, T0);
    expect(failing.view().notBeforeMs).toBe(T0 + 5_000);
    failing.apply({ ...failed(T0, 1), notBeforeMs: T0 + 24 * 60 * MINUTE }, T0);
    expect(failing.view().notBeforeMs).toBe(T0 + 15 * MINUTE);
  });

  const anyEvent = fc.oneof(
    fc.record({ what: fc.constant('time' as const), ms: fc.integer({ min: 0, max: 20 * MINUTE }) }),
    fc.record({
      what: fc.constant('report' as const),
      successes: fc.nat({ max: 2 }),
      failures: fc.nat({ max: 20 }),
      failingForMs: fc.nat({ max: 60 * MINUTE }),
      askedMs: fc.option(fc.nat({ max: 60 * MINUTE }), { nil: undefined }),
    }),
    fc.record({ what: fc.constant('pause' as const) }),
    fc.record({ what: fc.constant('resume' as const) }),
    fc.record({ what: fc.constant('probe' as const) }),
    fc.record({ what: fc.constant('continue' as const) }),
  );

  it('whatever happens: is paused for a reason, gives out few probes, and is healthy in the end', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        let nowMs = T0;
        let probedMs = -Infinity;
        let cleanMs = -Infinity;
        let byClient = false;
        let tested = circuit();
        for (const event of events) {
          if (event.what === 'time') nowMs += event.ms;
          else if (event.what === 'pause') {
            tested.pause(nowMs);
            byClient = true;
          } else if (event.what === 'resume') {
            tested.resume(nowMs);
            [byClient, cleanMs] = [false, nowMs];
          } else if (event.what === 'probe') {
            if (!tested.claimProbe(nowMs)) continue;
            expect(nowMs - probedMs).toBeGreaterThanOrEqual(settings.probeIntervalMs);
            probedMs = nowMs;
          } else if (event.what === 'continue') {
            tested = new Circuit(JSON.parse(JSON.stringify(tested.continued())) as DestinationInput);
          } else {
            const { successes, failures, failingForMs, askedMs } = event;
            if (successes > 0) cleanMs = nowMs;
            const before = tested.view().state;
            tested.apply(
              {
                ...{ successes, failures, failingSinceMs: nowMs - failingForMs, lastFailureMs: nowMs },
                notBeforeMs: askedMs === undefined ? undefined : nowMs + askedMs,
              },
              nowMs,
            );
            if (before === 'slowed' && tested.view().state === 'paused') {
              expect(nowMs - cleanMs).toBeGreaterThanOrEqual(settings.pauseAfterMs);
            }
          }
          tested.passTime(nowMs);
          if (tested.closed) return;
          expect(tested.nextWakeMs).toBeGreaterThan(nowMs);
          const { state, nextProbeMs } = tested.view();
          if (byClient) expect([state, nextProbeMs]).toEqual(['paused', undefined]);
        }
        if (byClient) tested.resume(nowMs);
        tested.passTime(tested.nextWakeMs);
        expect(tested.closed).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
