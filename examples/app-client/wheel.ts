import type { GroupStartSettings } from '#timers/group-start.js';

/** As the server has them by default: WHEEL_LEAD_MS, WHEEL_WIDTH_MS, and so on. */
export const GROUP_SETTINGS: GroupStartSettings = {
  wheel: {
    ...{ leadMs: 2_000, widthMs: 3_000, requestTimeoutMs: 15_000 },
    retryDelaysMs: [5_000, 60_000, 600_000],
  },
  taskQueues: {},
};
