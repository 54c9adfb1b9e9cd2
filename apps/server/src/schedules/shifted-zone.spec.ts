import { describe, expect, it } from '@jest/globals';
import { Temporal } from 'temporal-polyfill';
import { shiftedZone } from './shifted-zone.js';

const HEADER_BYTES = 44;
const BLOCK_OF_32_BITS_BYTES = HEADER_BYTES + 6 + 1;

/** Reads the format as RFC 9636 has it. */
function read(zone: Buffer) {
  const block = zone.subarray(BLOCK_OF_32_BITS_BYTES);
  const counts = Array.from({ length: 6 }, (_, at) => block.readUInt32BE(20 + 4 * at));
  const [, , , times = 0, types = 0, characters = 0] = counts;
  const indexesAt = HEADER_BYTES + 8 * times;
  const typesAt = indexesAt + times;
  const offsets = Array.from({ length: types }, (_, at) => block.readInt32BE(typesAt + 6 * at));
  const transitions = Array.from({ length: times }, (_, at) => ({
    at: new Date(Number(block.readBigInt64BE(HEADER_BYTES + 8 * at)) * 1000).toISOString(),
    offset: offsets[block[indexesAt + at] as number] as number,
  }));
  return {
    counts,
    transitions,
    first: offsets[0] ?? NaN,
    rest: block.subarray(typesAt + 6 * types + characters),
  };
}

describe('a zone that is ahead', () => {
  it('is a file of the time zone database in version 2, with both of its blocks and an empty footer', () => {
    const zone = shiftedZone('Europe/Berlin', 2);
    for (const at of [0, BLOCK_OF_32_BITS_BYTES])
      expect(zone.subarray(at, at + 5).toString('latin1')).toBe('TZif2');
    const { counts, rest } = read(zone);
    expect(counts.slice(0, 3)).toEqual([0, 0, 0]);
    expect(rest.toString()).toBe('\n\n');
  });

  it('changes its clocks as the zone does, the lead earlier', () => {
    const { first, transitions } = read(shiftedZone('Europe/Berlin', 2));
    expect(first).toBe(3602);
    expect(transitions.slice(2, 4)).toEqual([
      { at: '2026-03-29T00:59:58.000Z', offset: 7202 },
      { at: '2026-10-25T00:59:58.000Z', offset: 3602 },
    ]);
    expect(transitions.at(-1)).toEqual({ at: '2100-10-31T00:59:58.000Z', offset: 3602 });
  });

  it('is the zone itself without a lead', () => {
    const { transitions } = read(shiftedZone('America/New_York', 0));
    expect(transitions[0]).toEqual({ at: '2025-03-09T07:00:00.000Z', offset: -14_400 });
  });

  it('keeps its clocks where only minutes and seconds of them matter, unless they change by less than hours', () => {
    const ofMinutes = (timeZone: string) => read(shiftedZone(timeZone, 2, { withinTheHour: true }));
    expect(ofMinutes('Europe/Berlin')).toMatchObject({ first: 3602, transitions: [] });
    expect(ofMinutes('Pacific/Chatham').first).toBe(13.75 * 3600 + 2);
    expect(ofMinutes('Australia/Lord_Howe').transitions.length).toBeGreaterThan(100);
  });

  it('has no transitions where clocks are never changed', () => {
    expect(read(shiftedZone('UTC', 2))).toMatchObject({ first: 2, transitions: [] });
    expect(read(shiftedZone('Asia/Kathmandu', 7))).toMatchObject({ first: 20_707, transitions: [] });
  });

  it.each([
    'Europe/London',
    'Africa/Casablanca',
    'Africa/Cairo',
    'Asia/Gaza',
    'America/Santiago',
    'Australia/Lord_Howe',
    'Pacific/Chatham',
  ])('shows in %s at every time what clocks there show a lead later', (timeZone) => {
    const leadSeconds = 2;
    const { first, transitions } = read(shiftedZone(timeZone, leadSeconds));
    const shownAt = (seconds: number) => {
      const last = transitions.findLast(({ at }) => Date.parse(at) <= seconds * 1000);
      return seconds + (last?.offset ?? first);
    };
    const borders = transitions.flatMap(({ at }) => [-1, 0, 1].map((by) => Date.parse(at) / 1000 + by));
    const everyMonth = Array.from({ length: 900 }, (_, month) => Date.UTC(2025, 1 + month) / 1000);
    for (const seconds of [...borders, ...everyMonth]) {
      const later = Temporal.Instant.fromEpochMilliseconds((seconds + leadSeconds) * 1000);
      const zoned = later.toZonedDateTimeISO(timeZone);
      expect(shownAt(seconds)).toBe(zoned.epochMilliseconds / 1000 + zoned.offsetNanoseconds / 1e9);
    }
  });
});
