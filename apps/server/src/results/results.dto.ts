import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { PageQuery } from '../http/page.dto.js';
import { IsJobScope } from '../jobs/job-scope.dto.js';
import type { JobScope } from '../jobs/job-owner.js';
import { ANY_JSON } from '../timers/delivery.dto.js';

const TIME = { type: 'string', format: 'date-time' } as const;

/** Which page of which list. */
export class ListItemsQuery extends PageQuery {
  @IsJobScope()
  scope?: JobScope;
}

@ApiSchema({ name: 'ResultList' })
export class ResultListDto {
  /** Items that it has. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 3 })
  total!: number;
}

/** What jobs have counted and listed together so far. */
@ApiSchema({ name: 'Result' })
export class ResultDto {
  /** With what tells results of one type apart after a colon. */
  @ApiProperty({ example: 'coupon-campaign:spring' })
  name!: string;

  /** Sums, by name; one that nothing was added to is not there. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' }, example: { notified: 99_997 } })
  counters!: Record<string, number>;

  /** By name; `GET /results/{name}/lists/{list}` has their items. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: '#/components/schemas/ResultList' },
    example: { failures: { total: 3 } },
  })
  lists!: Record<string, ResultListDto>;

  /** Groups of jobs that have added to it, each once. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 1_000 })
  contributions!: number;

  /** When something was added the first time: RFC 3339 in UTC with milliseconds. */
  @ApiProperty({ ...TIME, example: '2026-11-22T10:00:00.000Z' })
  created_at!: string;

  /** When something was added the last time. */
  @ApiProperty({ ...TIME, example: '2026-11-22T10:04:31.204Z' })
  updated_at!: string;
}

/** Items of a list, in the order in which they were added. */
@ApiSchema({ name: 'ResultItemPage' })
export class ResultItemPageDto {
  /** Each as the job has added it. */
  @ApiProperty({ type: 'array', items: ANY_JSON, example: [{ user: 4711, reason: 'no address' }] })
  data!: unknown[];

  /** For the next page: null at the end, as far as it is known now. */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  next_cursor!: string | null;
}
