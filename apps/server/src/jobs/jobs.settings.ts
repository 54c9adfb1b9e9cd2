export const JOBS_SETTINGS = Symbol('JOBS_SETTINGS');

export interface JobsSettings {
  /** How far ahead a job may start or be killed. */
  horizonMs: number;
  /** Of jobs, by tenant and for `global`. */
  taskQueues: Readonly<Record<string, string>>;
  /** Whether mail can be sent. */
  sendsMail: boolean;
}
