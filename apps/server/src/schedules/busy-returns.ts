/** A change of a zone's clocks. */
export interface Transition {
  atSeconds: number;
  /** From then on, east of UTC. */
  offsetSeconds: number;
}

const HOUR = 3600;

/**
 * Clocks that are set back show some times twice. There the engine goes wrong in zones that are not west of Greenwich, if
 * a schedule has several runs in such an hour: it leaves out some of them and starts others an hour later. So clocks
 * are set back at another hour, in which the schedule has no runs and neither has it in the hour before, as the engine
 * looks at that as well:
 * - earlier, and the schedule's runs come at the second of the two times, or
 * - two hours later, and they come at the first.
 *
 * All other runs are where they were. Where neither is possible, or in the hour there are no runs, clocks stay as they
 * are.
 */
export function withoutBusyReturns(
  transitions: readonly Transition[],
  busyHours: readonly number[],
): Transition[] {
  const isFree = (fromSeconds: number, toSeconds: number) =>
    hoursBetween(fromSeconds, toSeconds).every((hour) => !busyHours.includes(hour));
  return transitions.map((transition, at) => {
    const { atSeconds, offsetSeconds } = transition;
    const back = (transitions[at - 1]?.offsetSeconds ?? offsetSeconds) - offsetSeconds;
    const first = atSeconds + offsetSeconds;
    if (back <= 0 || offsetSeconds < 0 || isFree(first, first + back)) return transition;
    const later = (Math.ceil((first + back) / HOUR) + 1) * HOUR;
    if (isFree(first - back - HOUR, first)) return { ...transition, atSeconds: atSeconds - back };
    if (isFree(first + back, later + back)) return { ...transition, atSeconds: atSeconds + later - first };
    return transition;
  });
}

/** Of a day, by clocks that show these seconds. */
function hoursBetween(fromSeconds: number, toSeconds: number): number[] {
  const [from, to] = [Math.floor(fromSeconds / HOUR), Math.ceil(toSeconds / HOUR)];
  return Array.from({ length: to - from }, (_, hour) => (from + hour) % 24);
}
