import type { GroupStartSettings } from '#timers/group-start.js';

/** As the server has them by default: WHEEL_LEAD_MS, WHEEL_WIDTH_MS, and so on. */
export const GROUP_SETTINGS: GroupStartSettings = {
  wheel: {
    ...{ leadMs: 2_000, widthMs: 10_000, requestTimeoutMs: 30_000 },
    retryDelaysMs: [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000].map((seconds) => seconds * 1_000),
  },
  taskQueues: {},
};
