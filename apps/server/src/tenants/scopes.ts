/** What an API key may be good for. A route needs one of them. */
export const SCOPES = [
  'timers:read',
  'timers:write',
  'schedules:read',
  'schedules:write',
  'jobs:read',
  'jobs:write',
  // Jobs and results of nobody in particular: for the operator's own keys.
  'jobs:global',
  'templates:read',
  'templates:write',
  'suppressions:read',
  'suppressions:write',
  'blasts:read',
  'blasts:write',
  'secrets:write',
  'emails:read',
  'emails:write',
  'bookings:read',
  'bookings:write',
  'webhook-endpoints:read',
  'webhook-endpoints:write',
] as const;

export type Scope = (typeof SCOPES)[number];
