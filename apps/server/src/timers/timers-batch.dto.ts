import { ApiExtraModels, ApiProperty, ApiSchema, getSchemaPath } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray } from 'class-validator';
import { Problem } from '../http/problem.dto.js';
import { CreateTimerDto, TimerDto } from './timers.dto.js';

const MAX_BATCH = 1_000;
const SIZE = { message: `must be a list of 1 to ${MAX_BATCH} timers` };

@ApiSchema({ name: 'CreateTimers' })
@ApiExtraModels(CreateTimerDto)
export class CreateTimersDto {
  /** 1 to 1,000 timers, each as in `POST /timers`. */
  @ApiProperty({
    type: 'array',
    items: { $ref: getSchemaPath(CreateTimerDto) },
    minItems: 1,
    maxItems: MAX_BATCH,
  })
  @IsArray(SIZE)
  @ArrayMinSize(1, SIZE)
  @ArrayMaxSize(MAX_BATCH, SIZE)
  timers!: unknown[];
}

/** What came of one timer of a batch. */
@ApiSchema({ name: 'TimerResult' })
export class TimerResultDto {
  /** What `POST /timers` would have answered for it alone: 201, or the status of a problem. */
  @ApiProperty({ type: 'integer', example: 201 })
  status!: number;

  /** With status 201: the timer. */
  @ApiProperty({ type: TimerDto, required: false })
  timer?: TimerDto;

  /** With any other status: why it was not set. */
  @ApiProperty({ type: Problem, required: false })
  problem?: Problem;
}

@ApiSchema({ name: 'TimerResults' })
export class TimerResultsDto {
  /** One for each timer, in their order. */
  @ApiProperty({ type: [TimerResultDto] })
  results!: TimerResultDto[];
}

export const BATCH_EXAMPLE = {
  timers: [
    { seconds: 10, url: 'https://example.com/hooks/{id}' },
    { delay: 'PT1H', url: 'https://example.com/hooks/{id}', body: { order: 4711 } },
  ],
};
