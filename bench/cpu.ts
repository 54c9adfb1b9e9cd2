import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

interface ProcessStat {
  pid: number;
  parent: number;
  name: string;
  /** Of the process and of those children of it that have ended. */
  cpuSeconds: number;
}

/** Named roots of process trees. */
export type Processes = Record<string, number>;
export type CpuSeconds = Record<string, number>;

/** CPU time that each process and all its descendants, living and ended, have used so far. */
export function cpuSeconds(processes: Processes): CpuSeconds {
  const stats = readStats();
  const treeSeconds = (pid: number): number =>
    stats
      .filter(({ parent }) => parent === pid)
      .reduce(
        (sum, child) => sum + treeSeconds(child.pid),
        stats.find((stat) => stat.pid === pid)?.cpuSeconds ?? 0,
      );
  return Object.fromEntries(Object.entries(processes).map(([name, pid]) => [name, treeSeconds(pid)]));
}

/** What was used since `before`. */
export function cpuSince(before: CpuSeconds, processes: Processes): CpuSeconds {
  const now = cpuSeconds(processes);
  return Object.fromEntries(Object.entries(now).map(([name, used]) => [name, used - (before[name] ?? 0)]));
}

export function total(cpu: CpuSeconds): number {
  return Object.values(cpu).reduce((sum, used) => sum + used, 0);
}

/** CPU time that everything on this machine has used, the hypervisor's other guests at our cost included. */
export function machineCpuSeconds(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = readFileSync(
    '/proc/stat',
    'utf8',
  )
    .split('\n', 1)
    .flatMap((line) => line.split(/ +/).map(Number));
  return (user + nice + system + irq + softIrq + steal) / TICKS_PER_SECOND;
}

/** Waits until the processes together use next to nothing, so that one measurement does not pay for another. */
export async function untilQuiet(
  processes: Processes,
  { share = 0.2, timeoutMs = 60_000 } = {},
): Promise<void> {
  for (const endMs = Date.now() + timeoutMs; Date.now() < endMs;) {
    const before = cpuSeconds(processes);
    await sleep(1000);
    if (total(cpuSince(before, processes)) < share) return;
  }
}

/** The process of that name that works in that folder. */
export function findProcess(name: string, folder: string): number {
  const found = readStats().find((stat) => stat.name === name && workingFolder(stat.pid) === folder);
  if (!found) throw new Error(`no process ${name} in ${folder}`);
  return found.pid;
}

function readStats(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => readStat(Number(pid)) ?? []);
}

function readStat(pid: number): ProcessStat | undefined {
  try {
    // The name stands in brackets and may contain anything; what follows are numbers.
    const [, name = '', rest = ''] =
      /^\d+ \((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const fields = rest.split(' ').map(Number);
    const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
    return { pid, name, parent: fields[1] ?? 0, cpuSeconds: ticks / TICKS_PER_SECOND };
  } catch {
    return undefined; // has ended meanwhile
  }
}

function workingFolder(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
