import { Injectable, Optional } from '@nestjs/common';
import { GLOBAL } from '#contracts/job.js';
import { Database } from '#database/database.js';
import { JobRecords } from '#database/job-records.js';
import { AlertRecipients } from '../jobs/alert-recipients.js';
import { jobsNeedDatabase } from '../jobs/jobs-need-database.js';
import type { TenantAlertsDto } from './job-alerts.dto.js';

/** Whom a tenant wants told when something is wrong with one of its jobs. Workers read it at each alert. */
@Injectable()
export class JobAlertsService {
  private readonly records?: JobRecords;

  constructor(
    private readonly recipients: AlertRecipients,
    @Optional() database?: Database,
  ) {
    if (database) this.records = new JobRecords(database);
  }

  /** `owner`: null for global jobs. */
  async get(owner: string | null): Promise<TenantAlertsDto> {
    return this.stored.alertsOf(owner ?? GLOBAL);
  }

  async set(owner: string | null, wanted: TenantAlertsDto): Promise<TenantAlertsDto> {
    const { stored } = this;
    const { webhooks = [], emails = [] } = await this.recipients.accept(wanted, '');
    await stored.setAlerts(owner ?? GLOBAL, { webhooks, emails });
    return { webhooks, emails };
  }

  private get stored(): JobRecords {
    if (!this.records) throw jobsNeedDatabase();
    return this.records;
  }
}
