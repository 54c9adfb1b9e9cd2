import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/paths.js';

/** The packages of the peers are not the project's: they lie beside the benchmark and have a lock file of their own. */
export const PEERS_FOLDER = join(ROOT, 'bench/peers');
const BUILT = join(ROOT, 'dist/bench/peers/node_modules');
const PACKAGES = join(PEERS_FOLDER, 'node_modules');

/** Some of them need a newer Node than Timekeeper does. */
const NEWEST_NEEDED = 22;

/** Installs what is missing, once; why it could not, if so. */
export function installPeers(say: (line: string) => void): string | undefined {
  if (!isInstalled()) {
    say('installing what Timekeeper is compared with into bench/peers, once');
    const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: PEERS_FOLDER,
      encoding: 'utf8',
    });
    if (npm.status !== 0) return `npm ci in bench/peers: ${npm.stderr.trim().split('\n').at(-1)}`;
  }
  // Built files look for packages from where they lie.
  if (!lstatSync(BUILT, { throwIfNoEntry: false })) symlinkSync(PACKAGES, BUILT);
  return undefined;
}

/** The Node that the peers run on: ours where it is new enough, else the one that is installed with them. */
export function nodeOfPeers(): string {
  if (Number(process.versions.node.split('.')[0]) > NEWEST_NEEDED) return process.execPath;
  return join(PACKAGES, `node-${process.platform}-${process.arch}/bin/node`);
}

/** Of each package that is compared. */
export function peerVersions(): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync(join(PEERS_FOLDER, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return dependencies;
}

function isInstalled(): boolean {
  const [wanted, got] = [join(PEERS_FOLDER, 'package-lock.json'), join(PACKAGES, '.package-lock.json')];
  if (!existsSync(got)) return false;
  const versions = (file: string) => {
    const { packages } = JSON.parse(readFileSync(file, 'utf8')) as {
      packages: Record<string, { version?: string }>;
    };
    return (name: string) => packages[`node_modules/${name}`]?.version;
  };
  return Object.keys(peerVersions()).every((name) => versions(wanted)(name) === versions(got)(name));
}
