import { readdirSync, readFileSync } from 'node:fs';

/** The processes that another has started, by what Linux says of them. */
export function childrenOf(parent: number): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        return ppid === parent
          ? { pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'utf8') }
          : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

export function residentMiB(pid: number): number {
  const [, kB] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kB) / 1024;
}

export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
