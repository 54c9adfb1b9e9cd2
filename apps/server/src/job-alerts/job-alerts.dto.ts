import { ApiSchema } from '@nestjs/swagger';
import { AlertAddresses, AlertUrls } from '../jobs/jobs.dto.js';

/** Who is told when something is wrong with a job of the tenant. */
@ApiSchema({ name: 'TenantAlerts' })
export class TenantAlertsDto {
  /** Urls that a signed message is delivered to: at most 10. */
  @AlertUrls({ required: true })
  webhooks!: string[];

  /** E-mail addresses: at most 10. */
  @AlertAddresses({ required: true })
  emails!: string[];
}
