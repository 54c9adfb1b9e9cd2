export const BLASTS_SETTINGS = Symbol('BLASTS_SETTINGS');

export interface BlastsSettings {
  /** How far ahead a blast may start or be killed. */
  horizonMs: number;
  /** Whether mail can be sent. */
  sendsMail: boolean;
}
