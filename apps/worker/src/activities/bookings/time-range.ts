/**
 * From and until, on the clocks of the zone, with its name: `Tuesday 24 November 2026 at 10:00 – 10:30 CET
 * (Europe/Berlin)`.
 */
export function timeRange(startsMs: number, endsMs: number, timeZone: string): string {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { ...options, timeZone, hourCycle: 'h23' });
  const date = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  const time = format({ hour: '2-digit', minute: '2-digit' });
  const zone = format({ timeZoneName: 'short' });
  const zoneAt = (ms: number) => zone.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value;
  const from = `${date.format(startsMs)} at ${time.format(startsMs)}`;
  const until = `${time.format(endsMs)} ${zoneAt(endsMs)} (${timeZone})`;
  const isSameDay = date.format(startsMs) === date.format(endsMs);
  // Clocks may be changed in between.
  const fromZone = zoneAt(startsMs) === zoneAt(endsMs) ? '' : ` ${zoneAt(startsMs)}`;
  return `${from}${fromZone} – ${isSameDay ? '' : `${date.format(endsMs)} at `}${until}`;
}
