import { ApiProperty, ApiSchema, PartialType } from '@nestjs/swagger';
import { IsIn, IsString, Matches } from 'class-validator';
import { OVERLAPS } from '#contracts/schedule.js';
import type { Overlap } from '#contracts/schedule.js';
import { MAX_URL_LENGTH } from '#contracts/webhook-url.js';
import { PageDto } from '../http/page.dto.js';
import { IsWhole, MayBeOmitted } from '../http/validation.js';
import { DeliveryDto } from '../timers/delivery.dto.js';
import { TIMER_STATUSES } from '../timers/timers.dto.js';

const MAX_RUNS = 1_000_000_000;
const SCHEDULE_ID = '5f0c9e3a-71d2-8b64-a3f1-5c0d9e7b1a24';

const CRON = { message: 'must be 5 fields, or 6 with seconds first, such as 0 9 * * MON-FRI' };
const DURATION = { message: 'must be an ISO 8601 duration such as PT10S or P1DT2H' };
const TIME = { message: 'must be a time such as 2027-03-28T09:30:00Z' };
const URL = { message: 'must be an absolute http:// or https:// URL' };
const NAME = { message: 'must be 1 to 128 characters, none of them a control character' };
const OVERLAP = { message: `must be one of ${OVERLAPS.join(', ')}` };

export const EXAMPLE = {
  cron: '0 9 * * MON-FRI',
  timezone: 'Europe/Berlin',
  url: 'https://example.com/hooks/{id}',
};

export const EVERY_EXAMPLE = { every: 'PT15M', max_runs: 96, url: 'https://example.com/hooks/{id}' };

/** What runs are: when, and what each of them sends. */
export class ScheduleFieldsDto extends DeliveryDto {
  /** What it is called; not sent. Default: none. */
  @ApiProperty({ type: 'string', minLength: 1, maxLength: 128, required: false, example: 'daily report' })
  @MayBeOmitted()
  // eslint-disable-next-line no-control-regex
  @Matches(/^[^\u0000-\u001f\u007f-\u009f]{1,128}$/u, NAME)
  name?: string;

  /**
   * When runs are due: minute, hour, day of month, month, day of week, or the same with seconds first. Fields are `*`,
   * values, ranges `a-b`, steps such as `*\/5`, and lists of them; months and days of the week may be named by three
   * letters, Sunday is 0 or 7. If both days are named, one of them is enough. Either this or `every`.
   */
  @ApiProperty({ type: 'string', maxLength: 256, required: false, example: EXAMPLE.cron })
  @MayBeOmitted()
  @Matches(/^[^\r\n]{1,256}$/, CRON)
  cron?: string;

  /**
   * How long from one run to the next: an ISO 8601 duration of whole seconds, `PT1S` to `P366D`, days have 24 hours.
   * Counted from `starts_at`, where the first run is due, or from when the schedule was set. Either this or `cron`.
   */
  @ApiProperty({ type: 'string', maxLength: 64, required: false })
  @MayBeOmitted()
  @IsString(DURATION)
  every?: string;

  /** Where the clock hangs that `cron` is read by: the IANA name of a time zone. */
  @ApiProperty({ type: 'string', maxLength: 64, default: 'UTC', required: false, example: EXAMPLE.timezone })
  @MayBeOmitted()
  @IsString({ message: 'must be the IANA name of a time zone such as Europe/Berlin' })
  timezone?: string;

  /** No run is due before: RFC 3339 with an offset or `Z`. Default: from when the schedule is set. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false })
  @MayBeOmitted()
  @IsString(TIME)
  starts_at?: string;

  /** No run is due after: RFC 3339 with an offset or `Z`, after `starts_at`. Default: never ends. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false })
  @MayBeOmitted()
  @IsString(TIME)
  ends_at?: string;

  /**
   * So many runs and no more, from 1 to 1,000,000,000, counted from when this was last set. Runs by `/trigger` and
   * `/backfill` are not counted. Default: any number.
   */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_RUNS, required: false })
  @MayBeOmitted()
  @IsWhole(1, MAX_RUNS)
  max_runs?: number;

  /** Each run is due later than its time by chance, by up to this ISO 8601 duration: `PT0S` to `P1D`. Default: none. */
  @ApiProperty({ type: 'string', maxLength: 64, required: false })
  @MayBeOmitted()
  @IsString(DURATION)
  jitter?: string;

  /**
   * What happens to a run when the one before has not ended, its retries included.
   * - `skip`: it is left out
   * - `buffer_one`: it waits for the end of that one; of several, the first waits
   * - `allow_all`: it goes beside that one
   * - `cancel_other`: what is left of that one is canceled, then it goes
   */
  @ApiProperty({ enum: OVERLAPS, enumName: 'Overlap', default: 'skip', required: false })
  @MayBeOmitted()
  @IsIn(OVERLAPS, OVERLAP)
  overlap?: Overlap;

  /**
   * After an outage runs that were missed are made up for if they are not older than this: an ISO 8601 duration,
   * `PT10S` to `P365D`.
   */
  @ApiProperty({ type: 'string', maxLength: 64, default: 'PT60S', required: false })
  @MayBeOmitted()
  @IsString(DURATION)
  catchup_window?: string;

  /**
   * Where each run is sent: an absolute http or https URL without user name and password. `{id}` in its path or query
   * is replaced by the run's timer id.
   */
  @ApiProperty({
    type: 'string',
    format: 'uri-template',
    pattern: '^[hH][tT][tT][pP][sS]?://[^/?#]+',
    maxLength: MAX_URL_LENGTH,
    example: EXAMPLE.url,
  })
  @IsString(URL)
  url!: string;
}

@ApiSchema({ name: 'CreateSchedule' })
export class CreateScheduleDto extends ScheduleFieldsDto {}

/** The fields to change. One that is null is taken away; `cron` takes `every` away, and the other way round. */
@ApiSchema({ name: 'UpdateSchedule' })
export class UpdateScheduleDto extends PartialType(ScheduleFieldsDto) {}

/** Which runs to make up for. */
@ApiSchema({ name: 'Backfill' })
export class BackfillDto {
  /** Runs that would have been due from then on: RFC 3339 with an offset or `Z`, not before 2026. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-01T00:00:00Z' })
  @IsString(TIME)
  from!: string;

  /** Until then, which has passed. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-02T00:00:00Z' })
  @IsString(TIME)
  to!: string;

  /** How these runs stand to each other and to those of the schedule. */
  @ApiProperty({ enum: OVERLAPS, enumName: 'Overlap', default: 'allow_all', required: false })
  @MayBeOmitted()
  @IsIn(OVERLAPS, OVERLAP)
  overlap?: Overlap;
}

@ApiSchema({ name: 'BackfillStarted' })
export class BackfillStartedDto {
  /** Runs that the schedule had in that time, at most 1,000. `overlap` may leave out some of them. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 24 })
  runs!: number;
}

@ApiSchema({ name: 'ScheduleRun' })
export class ScheduleRunDto {
  /** The id of the timer that the run is. */
  @ApiProperty({ type: 'string', format: 'uuid', example: '01a202b2-ec10-8a00-a3f1-5c0d9e7b1a24' })
  id!: string;

  /** When it is due: RFC 3339 in UTC with milliseconds. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-23T08:00:00.000Z' })
  fire_at!: string;

  /** How the timer stands. */
  @ApiProperty({ enum: TIMER_STATUSES, enumName: 'TimerStatus', example: 'delivered' })
  status!: (typeof TIMER_STATUSES)[number];
}

@ApiSchema({ name: 'ComingRun' })
export class ComingRunDto {
  /** The id that its timer will have. Unknown to `GET /timers/{id}` until shortly before it is due. */
  @ApiProperty({ type: 'string', format: 'uuid', example: '01a207d9-0600-8a00-a3f1-5c0d9e7b1a24' })
  id!: string;

  /** When it is due, without jitter: RFC 3339 in UTC with milliseconds. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-24T08:00:00.000Z' })
  fire_at!: string;
}

/** A schedule: the fields that were set, and how it stands. */
@ApiSchema({ name: 'Schedule' })
export class ScheduleDto extends ScheduleFieldsDto {
  /** The schedule's id. */
  @ApiProperty({ type: 'string', format: 'uuid', example: SCHEDULE_ID })
  id!: string;

  /** Whether runs wait until it is resumed. */
  @ApiProperty({ type: 'boolean', example: false })
  paused!: boolean;

  /** Of `max_runs`, how many are still to come; null where there is no such limit. */
  @ApiProperty({ type: 'integer', minimum: 0, nullable: true, example: null })
  runs_left!: number | null;

  /** When it was set: RFC 3339 in UTC with milliseconds. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:00.000Z' })
  created_at!: string;

  /** When it was last changed by `PATCH`, or set. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-11-22T10:00:00.000Z' })
  updated_at!: string;

  /** The next runs, at most 10; none while it is paused. */
  @ApiProperty({ type: [ComingRunDto] })
  next_runs!: ComingRunDto[];
}

@ApiSchema({ name: 'ScheduleWithRuns' })
export class ScheduleWithRunsDto extends ScheduleDto {
  /** The latest runs, at most 10, the latest first. */
  @ApiProperty({ type: [ScheduleRunDto] })
  last_runs!: ScheduleRunDto[];
}

@ApiSchema({ name: 'SchedulePage' })
export class SchedulePageDto extends PageDto(ScheduleDto, 'In no order.') {}
