import type { Peer } from '../peer.js';

export const pgBoss: Peer = {
  name: 'pg-boss',
  title: 'pg-boss',
  missing: () => undefined,
  start: async ({ createDatabase }) => ({
    args: [await createDatabase('pg_boss')],
    processes: {},
    stop: () => Promise.resolve(),
  }),
};
