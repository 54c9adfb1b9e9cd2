/** Before this nothing of ours was due, and after that the engine's calendars end. */
const FIRST_MS = Date.UTC(2025, 0, 1);
const LAST_MS = Date.UTC(2101, 0, 1);

/** No zone changes its clocks twice in so short a time. */
const STEP_MS = 7 * 86_400_000;

interface Transition {
  atSeconds: number;
  /** From then on, east of UTC. */
  offsetSeconds: number;
}

const transitionsByZone = new Map<string, Transition[]>();

/**
 * A time zone whose clocks are `leadSeconds` ahead of those of a zone, so that what is to begin at 09:00:00 by them
 * begins that much earlier in truth. In the format of the time zone database (TZif version 2, RFC 9636). It is right
 * from 2025 to 2100, which is as far as the engine's calendars go.
 */
export function shiftedZone(timeZone: string, leadSeconds: number): Buffer {
  const transitions = transitionsOf(timeZone);
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
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const { timeZone: key } = format.resolvedOptions();
  const known = transitionsByZone.get(key);
  if (known) return known;
  const offsetAt = (ms: number) => offsetSeconds(format, ms);
  const found = [{ atSeconds: FIRST_MS / 1000, offsetSeconds: offsetAt(FIRST_MS) }];
  for (let ms = FIRST_MS; ms < LAST_MS; ms += STEP_MS) {
    const before = (found.at(-1) as Transition).offsetSeconds;
    const after = offsetAt(ms + STEP_MS);
    if (after !== before)
      found.push({ atSeconds: changeBetween(ms, ms + STEP_MS, offsetAt), offsetSeconds: after });
  }
  transitionsByZone.set(key, found);
  return found;
}

/** The second at which the offset becomes what it is at the end of a time in which it changes once. */
function changeBetween(fromMs: number, toMs: number, offsetAt: (ms: number) => number): number {
  const after = offsetAt(toMs);
  let [before, then] = [fromMs / 1000, toMs / 1000];
  while (then - before > 1) {
    const middle = Math.floor((before + then) / 2);
    if (offsetAt(middle * 1000) === after) then = middle;
    else before = middle;
  }
  return then;
}

function offsetSeconds(format: Intl.DateTimeFormat, ms: number): number {
  const name = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes, seconds] = /^GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(name) ?? [];
  if (sign === undefined) return 0;
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0);
  return sign === '-' ? -size : size;
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
