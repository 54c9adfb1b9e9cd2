/** The workflow type that tells people what has become of a job. */
export const JOB_ALERT_WORKFLOW = 'jobAlert';

/** Who is told when something is wrong with a job. */
export interface JobAlerts {
  /** Urls that a signed message is delivered to. */
  webhooks?: string[];
  /** E-mail addresses. */
  emails?: string[];
}

/**
 * - `warning`: it will be killed soon
 * - `killed`: at its `kill_at`
 * - `failed`: a group has failed for good
 * - `uncertain`: a person must decide
 */
export type AlertKind = 'warning' | 'killed' | 'failed' | 'uncertain';

/** What is told. */
export interface JobAlert {
  kind: AlertKind;
  atMs: number;
  job: { id: string; tenant: string | null; type: string; killAtMs: number; labels?: Record<string, string> };
  /** Names of groups: those that have ended well, and those that were not, or not wholly, run. */
  done: string[];
  dropped: string[];
  /** The group that it is about, and why that did not end well. */
  group?: string;
  error?: string;
}

/** What the workflow of an alert is started with. */
export interface JobAlertInput {
  alert: JobAlert;
  /** Those whom the job and its type name. */
  recipients: JobAlerts[];
}

/** Where one alert goes. */
export type AlertRecipient = { webhook: string } | { email: string };

export interface AlertActivities {
  /** Everybody who is to be told: of the job and its type, and of the tenant. */
  findRecipients(tenant: string | null, alerts: JobAlerts[]): Promise<AlertRecipient[]>;
  /** Ends when it is sent, or when its delivery is durable. */
  sendAlert(alert: JobAlert, recipient: AlertRecipient): Promise<void>;
}
