/** What an API key may be good for. A route needs one of them. */
export const SCOPES = [
  'timers:read',
  'timers:write',
  'schedules:read',
  'schedules:write',
  'secrets:write',
] as const;

export type Scope = (typeof SCOPES)[number];
