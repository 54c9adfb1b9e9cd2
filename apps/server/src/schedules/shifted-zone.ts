import { Temporal } from 'temporal-polyfill';
import { withoutBusyReturns } from './busy-returns.js';
import type { Transition } from './busy-returns.js';

/** Before this nothing of ours was due, and after that the engine's calendars end. */
const FIRST = Temporal.Instant.from('2025-01-01T00:00:00Z');
const LAST_YEAR = 2100;

// To find those of a zone takes long enough to be done once.
const transitionsByZone = new Map<string, Transition[]>();

/**
 * A time zone whose clocks are `leadSeconds` ahead of those of a zone, so that what is to begin at 09:00:00 by them
 * begins that much earlier in truth. In the format of the time zone database (TZif version 2, RFC 9636). It is right
 * from 2025 to 2100, which is as far as the engine's calendars go.
 *
 * `withinTheHour`: only minutes and seconds of its clocks matter. Where they change by whole hours they then need not
 * change at all, and so runs go on through the hour that comes twice: the engine passes over one of the two in zones east
 * of Greenwich.
 *
 * `busyHours`: see `withoutBusyReturns`.
 */
export function shiftedZone(
  timeZone: string,
  leadSeconds: number,
  { withinTheHour = false, busyHours = [] as number[] } = {},
): Buffer {
  const all = withoutBusyReturns(transitionsOf(timeZone), busyHours);
  const transitions =
    withinTheHour && all.every((each) => isWholeHours(each, all[0])) ? all.slice(0, 1) : all;
  const offsets = [...new Set(transitions.map(({ offsetSeconds }) => offsetSeconds))];
  const [first, ...later] = transitions as [Transition, ...Transition[]];
  // The first type is the one that holds before the first transition, as long as no transition leads to it.
  const types = [first.offsetSeconds, ...offsets];
  const times = later.map(({ atSeconds }) => int64(atSeconds - leadSeconds));
  const indexes = later.map(({ offsetSeconds }) => 1 + offsets.indexOf(offsetSeconds));
  const typeRecords = types.map((offsetSeconds) => int32(offsetSeconds + leadSeconds, 0, 0));
  const names = Buffer.from('TK\0');
  return Buffer.concat([
    // A reader of 64 bits passes over the block of 32 bits, which has to be there.
    ...[header(0, 1, 1), int32(0, 0, 0), Buffer.from('\0')],
    header(times.length, types.length, names.length),
    ...[...times, Buffer.from(indexes), ...typeRecords, names],
    Buffer.from('\n\n'),
  ]);
}

function transitionsOf(timeZone: string): Transition[] {
  const first = FIRST.toZonedDateTimeISO(timeZone);
  const known = transitionsByZone.get(first.timeZoneId);
  if (known) return known;
  const found: Transition[] = [];
  for (
    let next: Temporal.ZonedDateTime | null = first;
    next && next.year <= LAST_YEAR;
    next = next.getTimeZoneTransition('next')
  ) {
    found.push({
      atSeconds: next.epochMilliseconds / 1000,
      offsetSeconds: Math.round(next.offsetNanoseconds / 1e9),
    });
  }
  transitionsByZone.set(first.timeZoneId, found);
  return found;
}

function isWholeHours(one: Transition, other = one): boolean {
  return (one.offsetSeconds - other.offsetSeconds) % 3600 === 0;
}

function header(times: number, types: number, characters: number): Buffer {
  const counts = [0, 0, 0, times, types, characters].map((count) => int32(count));
  return Buffer.concat([Buffer.from('TZif2'), Buffer.alloc(15), ...counts]);
}

function int32(value: number, ...bytes: number[]): Buffer {
  const buffer = Buffer.alloc(4 + bytes.length);
  buffer.writeInt32BE(value);
  buffer.set(bytes, 4);
  return buffer;
}

function int64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(BigInt(value));
  return buffer;
}
