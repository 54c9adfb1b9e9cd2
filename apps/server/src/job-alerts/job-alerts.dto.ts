import { ApiProperty, ApiSchema } from '@nestjs/swagger';

/** Who is told when something is wrong with a job of the tenant. */
@ApiSchema({ name: 'TenantAlerts' })
export class TenantAlertsDto {
  /** Urls that a signed message is delivered to. */
  @ApiProperty({ type: 'array', items: { type: 'string' }, example: ['https://example.com/alerts'] })
  webhooks!: string[];

  /** E-mail addresses. */
  @ApiProperty({ type: 'array', items: { type: 'string' }, example: ['oncall@example.com'] })
  emails!: string[];
}
