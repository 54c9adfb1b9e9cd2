import { Client } from 'pg';
import type { Postgres } from '../../scripts/topology/postgres.js';
import { Forked } from '../forked.js';
import type { Load, LoadOutcome } from '../load.js';
import type { Side } from '../stage.js';
import { bullmq } from './bullmq/peer.js';
import { graphileWorker } from './graphile-worker/peer.js';
import { installPeers, nodeOfPeers } from './installed.js';
import type { Peer } from './peer.js';
import { pgBoss } from './pg-boss/peer.js';
import { restate } from './restate/peer.js';

const PEERS: Peer[] = [pgBoss, graphileWorker, bullmq, restate];

export interface Peers {
  sides: Side[];
  /** What was left out, and why. */
  missing: string[];
  stop(): Promise<void>;
}

/** Starts every peer that this machine has what it takes for, on the PostgreSQL of the engine where it needs one. */
export async function openPeers(
  postgres: Postgres,
  folder: string,
  env: Record<string, string>,
): Promise<Peers> {
  const failed = installPeers((line) => void process.stderr.write(`${line}\n`));
  const reason = (peer: Peer) => failed ?? peer.missing();
  const sides: Side[] = [];
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of stops.toReversed()) await end();
  };
  try {
    for (const peer of PEERS.filter((peer) => !reason(peer))) {
      sides.push(await openPeer(peer, postgres, folder, env, stops));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const missing = PEERS.flatMap((peer) =>
    reason(peer) ? [`${peer.title} is left out: ${reason(peer)}`] : [],
  );
  return { sides, missing, stop };
}

async function openPeer(
  peer: Peer,
  postgres: Postgres,
  folder: string,
  env: Record<string, string>,
  stops: (() => Promise<void>)[],
): Promise<Side> {
  const createDatabase = async (name: string) => {
    await query(postgres.url('postgres'), `CREATE DATABASE ${name}`);
    return postgres.url(name);
  };
  const started = await peer.start({ folder, createDatabase });
  stops.push(started.stop);
  const fork = <Question, Answer>(script: string) =>
    Forked.start<Question, Answer>(new URL(`./${peer.name}/${script}`, import.meta.url), started.args, {
      ...{ execPath: nodeOfPeers(), env: { ...env, ...started.env } },
    });
  const load = await fork<Load, LoadOutcome>('load.js');
  let worker = await fork<never, never>('worker.js');
  stops.push(async () => {
    await load.stop();
    await worker.stop();
  });
  await started.whenWorkerIsUp?.();
  return {
    ...{ name: peer.name, title: peer.title, load },
    worker: {
      start: async () => void (worker = await fork<never, never>('worker.js')),
      stop: () => worker.stop(),
    },
    get processes() {
      const own = { ...started.processes, load: load.pid, worker: worker.pid };
      return Object.fromEntries(Object.entries(own).map(([name, pid]) => [`${peer.title} ${name}`, pid]));
    },
  };
}

async function query(url: string, text: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  await client.query(text);
  await client.end();
}
