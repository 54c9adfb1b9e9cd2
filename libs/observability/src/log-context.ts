import { AsyncLocalStorage } from 'node:async_hooks';

/** On behalf of what something is done: ids and names only, never what somebody sends. */
export type LogFields = Record<string, string | number | undefined>;

const current = new AsyncLocalStorage<LogFields>();

/** Whatever `run` logs, now or later, has these fields as well. */
export function withLogFields<T>(fields: LogFields, run: () => T): T {
  return current.run({ ...current.getStore(), ...fields }, run);
}

/** As above, with these fields and no others; what is added to them later is on the lines that follow. */
export function resumeLogFields<T>(fields: LogFields, run: () => T): T {
  return current.run(fields, run);
}

/** For what is learned on the way. Outside of any work there is nothing to add it to. */
export function addLogFields(fields: LogFields): void {
  const known = current.getStore();
  if (known) Object.assign(known, fields);
}

/** A copy. */
export function logFields(): LogFields {
  return { ...current.getStore() };
}
