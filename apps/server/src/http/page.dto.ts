import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsString, Max, Min } from 'class-validator';
import { invalid } from './problem.exception.js';
import { MayBeOmitted } from './validation.js';

const LIMIT = { message: 'must be a whole number from 1 to 100' };
const DEFAULT_LIMIT = 50;
const CURSOR = 'must be the next_cursor of the page before';

/** Which page of a list. */
export class PageQuery {
  /** How many at most: 1 to 100. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 100, default: DEFAULT_LIMIT, required: false })
  @Transform(({ value }: { value: unknown }) => wholeNumber(value))
  @MayBeOmitted()
  @IsInt(LIMIT)
  @Min(1, LIMIT)
  @Max(100, LIMIT)
  limit = DEFAULT_LIMIT;

  /** The `next_cursor` of the page before; the first page without. */
  @ApiProperty({ type: 'string', required: false })
  @MayBeOmitted()
  @IsString({ message: CURSOR })
  cursor?: string;
}

/** What comes after the last of a page. `next_cursor` is null at the end. */
export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

/** A page out of rows of which one more was read than it takes. `keyOf` says where a row stands in the order. */
export function pageOf<Row, T>(
  rows: Row[],
  limit: number,
  keyOf: (row: Row) => string,
  dtoOf: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    data: shown.map((row) => dtoOf(row)),
    next_cursor: last === undefined ? null : Buffer.from(keyOf(last)).toString('base64url'),
  };
}

/** Where the page before ended; 400 unless it has the form of such a key. */
export function keyOfCursor(cursor: string, form: RegExp): string {
  const key = Buffer.from(cursor, 'base64url').toString();
  if (!form.test(key)) throw invalid([{ field: 'cursor', message: CURSOR }]);
  return key;
}

function wholeNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
}
