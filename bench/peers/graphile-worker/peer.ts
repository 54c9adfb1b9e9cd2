import type { Peer } from '../peer.js';

export const graphileWorker: Peer = {
  name: 'graphile-worker',
  title: 'graphile-worker',
  missing: () => undefined,
  start: async ({ createDatabase }) => ({
    args: [await createDatabase('graphile_worker')],
    processes: {},
    stop: () => Promise.resolve(),
  }),
};
