import { Inject, Injectable } from '@nestjs/common';
import type { JobAlerts } from '#contracts/job-alert.js';
import { webhookUrlProblem } from '#contracts/webhook-url.js';
import { DestinationCheck } from '../destinations/destination-check.js';
import { invalid, ProblemException } from '../http/problem.exception.js';
import type { JobAlertsDto } from './jobs.dto.js';
import { JOBS_SETTINGS } from './jobs.settings.js';
import type { JobsSettings } from './jobs.settings.js';

/** Checks who is to be told of jobs. */
@Injectable()
export class AlertRecipients {
  constructor(
    private readonly destinations: DestinationCheck,
    @Inject(JOBS_SETTINGS) private readonly settings: Pick<JobsSettings, 'sendsMail'>,
  ) {}

  /** Throws a problem if they cannot be told. `path` is where they stand in the body. */
  async accept({ webhooks = [], emails = [] }: JobAlertsDto, path = 'alerts.'): Promise<JobAlerts> {
    const errors = webhooks.flatMap((url) => {
      const message = webhookUrlProblem(url);
      return message ? [{ field: `${path}webhooks`, message }] : [];
    });
    if (errors.length > 0) throw invalid(errors);
    if (emails.length > 0 && !this.settings.sendsMail) {
      const detail = 'E-mails cannot be sent: SMTP_URL is not set.';
      throw new ProblemException(422, 'no-mail-server', detail);
    }
    for (const url of webhooks) await this.destinations.check(url);
    return { webhooks, emails };
  }
}
