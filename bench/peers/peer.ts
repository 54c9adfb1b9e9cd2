import type { Processes } from '../cpu.js';

/** What a peer is given to run on. */
export interface Place {
  /** For its data and logs. */
  folder: string;
  /** Makes a database on the PostgreSQL that all share; its URL. */
  createDatabase: (this: void, name: string) => Promise<string>;
}

/** A peer whose own server runs, if it has one. Its two processes of the benchmark are in its folder. */
export interface Started {
  /** What `load.ts` and `worker.ts` are told. */
  args: string[];
  /** On top of their environment. */
  env?: Record<string, string>;
  /** What it needs beside these two. */
  processes: Processes;
  /** To be called once its worker is there. */
  whenWorkerIsUp?: () => Promise<void>;
  stop: (this: void) => Promise<void>;
}

/** Something else that can do a POST at a set time. */
export interface Peer {
  /** Of its folder, and what it is called. */
  name: string;
  title: string;
  /** Why it cannot be measured on this machine. */
  missing(): string | undefined;
  start(place: Place): Promise<Started>;
}
