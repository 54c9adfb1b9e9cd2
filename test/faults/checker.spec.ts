import { describe, expect, it } from '@jest/globals';
import { faultsOf, judge, RECORD_LAG_MS } from './checker.js';
import type { DriverLine, FaultLine, RequestLine } from './logs.js';

const T0 = 1_800_000_000_000;
const SHA = 'a'.repeat(64);

/** A timer that was accepted, is due after so long, and ended so. */
const accepted = (key: string, dueMs = 1_000, final = 'delivered'): DriverLine[] => [
  { type: 'invoke', key, atMs: T0, sha256: SHA, ends: 'delivered' },
  { type: 'ok', key, atMs: T0 + 10, id: `id of ${key}`, dueMs: T0 + dueMs },
  { type: 'final', key, atMs: T0 + 60_000, status: final },
];

const request = (path: string, wallMs: number, set: Partial<RequestLine> = {}): RequestLine => ({
  ...{ type: 'request', path, wallMs: T0 + wallMs, monoMs: wallMs, method: 'POST', id: `id of ${path}` },
  ...{ timestamp: null, sha256: SHA, signature: 'ok', parallel: 1, answer: 200, afterMs: 0 },
  ...set,
});

const fault = (fromMs: number, untilMs = fromMs, healedMs = untilMs): FaultLine => ({
  ...{ what: 'kill -9', pid: 1 },
  ...{ fromMs: T0 + fromMs, untilMs: T0 + untilMs, healedMs: T0 + healedMs },
});

describe('the checker', () => {
  it('finds nothing where each timer was received once, at its time', () => {
    const verdict = judge(accepted('/a'), [request('/a', 1_003)], []);
    expect(faultsOf(verdict)).toEqual([]);
    expect(verdict).toMatchObject({ accepted: 1, received: 1, void: false, latenessMs: { p50: 3, max: 3 } });
  });

  it('calls lost what was accepted and never received, or never answered with 2xx', () => {
    const driver = [...accepted('/a', 1_000, 'scheduled'), ...accepted('/b', 1_000, 'failed')];
    const verdict = judge(driver, [request('/b', 1_000, { answer: 500 })], []);
    expect(verdict.lost).toEqual(['/a: never received, it is scheduled', '/b: never answered with 2xx']);
  });

  it('does not call lost what was canceled, or was to fail', () => {
    const canceled: DriverLine[] = [
      ...accepted('/a', 1_000, 'canceled'),
      { type: 'canceled', key: '/a', atMs: T0 + 500 },
    ];
    const failing = accepted('/b', 1_000, 'failed').map((line) =>
      line.type === 'invoke' ? { ...line, ends: 'failed' as const } : line,
    );
    expect(faultsOf(judge([...canceled, ...failing], [request('/b', 1_000, { answer: 410 })], []))).toEqual(
      [],
    );
  });

  it('takes a cancel of which nothing is known either way', () => {
    const perhaps = (final: string): DriverLine[] => [
      ...accepted('/a', 1_000, final),
      { type: 'perhaps canceled', key: '/a', atMs: T0 + 500 },
    ];
    expect(faultsOf(judge(perhaps('canceled'), [], []))).toEqual([]);
    expect(faultsOf(judge(perhaps('delivered'), [request('/a', 1_000)], []))).toEqual([]);
    expect(judge(perhaps('scheduled'), [], []).lost).toHaveLength(1);
    expect(judge(perhaps('canceled'), [request('/a', 1_000)], []).wrongState).toHaveLength(1);
  });

  it('calls unexpected what begins after its cancel was confirmed', () => {
    const driver: DriverLine[] = [...accepted('/a'), { type: 'canceled', key: '/a', atMs: T0 + 500 }];
    expect(judge(driver, [request('/a', 1_001)], []).unexpected).toEqual([
      '/a: received 501 ms after it was canceled',
    ]);
  });

  it.each([
    ['nobody asked for', '/other', {}],
    ['has another body', '/a', { sha256: 'b'.repeat(64) }],
    ['has another id', '/a', { id: 'of another timer' }],
    ['is not signed as it must be', '/a', { signature: 'No matching signature found' }],
  ])('calls unexpected what %s', (_what, path, set) => {
    expect(judge(accepted('/a'), [request(path, 1_000, set)], []).unexpected).toHaveLength(1);
  });

  it('calls duplicated what came again without a fault, but not a retry after a failure', () => {
    const driver = [...accepted('/a'), ...accepted('/b')];
    const requests = [
      ...[request('/a', 1_000), request('/a', 2_000)],
      ...[request('/b', 1_000, { answer: 503 }), request('/b', 2_000)],
    ];
    expect(judge(driver, requests, []).duplicated).toEqual(['/a: received again after 1000 ms']);
  });

  it('excuses what came again if its outcome may not have been recorded when a process was killed', () => {
    const driver = accepted('/a');
    const again = [request('/a', 1_000), request('/a', 8_000)];
    expect(judge(driver, again, [fault(1_200)])).toMatchObject({
      duplicated: [],
      excused: [expect.any(String)],
    });
    expect(judge(driver, again, [fault(1_000 + RECORD_LAG_MS + 1)]).duplicated).toHaveLength(1);
    expect(judge(driver, again, [fault(999)]).duplicated).toHaveLength(1);
  });

  it('takes the time of a slow answer into account, and excuses a timer once for each fault', () => {
    const slow = request('/a', 1_000, { afterMs: 3_000 });
    const verdict = judge(
      accepted('/a'),
      [slow, request('/a', 9_000), request('/a', 10_000)],
      [fault(4_500)],
    );
    expect(verdict.excused).toHaveLength(1);
    expect(verdict.duplicated).toHaveLength(1);
  });

  it('excuses what was sent while outcomes could not be recorded', () => {
    const requests = [request('/a', 1_000), request('/a', 8_000)];
    expect(judge(accepted('/a'), requests, [fault(500, 5_000)]).duplicated).toEqual([]);
  });

  it('calls recovered what was received though the client got no answer, and asks nothing of the rest', () => {
    const unanswered = (key: string): DriverLine[] => [
      { type: 'invoke', key, atMs: T0, sha256: SHA, ends: 'delivered' },
      { type: 'info', key, atMs: T0 + 100, status: 503 },
    ];
    const verdict = judge([...unanswered('/a'), ...unanswered('/b')], [request('/a', 1_000)], []);
    expect(verdict.recovered).toEqual(['/a']);
    expect(faultsOf(verdict)).toEqual([]);
  });

  it('calls unexpected what was refused and received all the same', () => {
    const driver: DriverLine[] = [
      { type: 'invoke', key: '/a', atMs: T0, sha256: SHA, ends: 'delivered' },
      { type: 'fail', key: '/a', atMs: T0 + 5, status: 422 },
    ];
    expect(judge(driver, [request('/a', 1_000)], []).unexpected).toHaveLength(1);
  });

  it('calls early what came before its time, be it by less than a millisecond', () => {
    expect(judge(accepted('/a'), [request('/a', 999.5)], []).early).toEqual(['/a: 0.5 ms']);
  });

  it('goes by the deadline that held: the old one until a move was confirmed, then the new one', () => {
    const moved = (atMs: number): DriverLine[] => [
      ...accepted('/a'),
      { type: 'moved', key: '/a', atMs: T0 + atMs, dueMs: T0 + 5_000 },
    ];
    expect(judge(moved(900), [request('/a', 1_001)], []).early).toHaveLength(1);
    expect(judge(moved(1_100), [request('/a', 1_001)], []).early).toEqual([]);
  });

  it('calls late what came more than a minute after its time and the end of the faults', () => {
    expect(judge(accepted('/a'), [request('/a', 62_000)], []).late).toHaveLength(1);
    expect(judge(accepted('/a'), [request('/a', 62_000)], [fault(500, 10_000)]).late).toEqual([]);
  });

  it('calls it a wrong state when the API says something else than the receiver', () => {
    const verdict = judge(accepted('/a', 1_000, 'retrying'), [request('/a', 1_000)], []);
    expect(verdict.wrongState).toEqual(['/a: retrying instead of delivered']);
  });

  it('calls a run void if nothing was in flight at its fault', () => {
    const run: [DriverLine[], RequestLine[]] = [accepted('/a', 1_000), [request('/a', 1_000)]];
    expect(judge(...run, [fault(30_000)])).toMatchObject({ inFlight: 0, void: true });
    expect(judge(...run, [fault(1_500)])).toMatchObject({ inFlight: 1, void: false });
    expect(judge(...run, [fault(500)])).toMatchObject({ inFlight: 1, void: false });
    expect(judge(accepted('/a', 20_000), [request('/a', 20_000)], [fault(500)])).toMatchObject({
      void: true,
    });
  });
});
