import { applyDecorators } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { MinLength } from 'class-validator';
import { invalid } from './problem.exception.js';
import type { ProblemException } from './problem.exception.js';
import { ReadBy, wholeNumber } from './to-instance.js';
import { IsWhole, MayBeOmitted } from './validation.js';

const MAX_LIMIT = 100;
export const DEFAULT_LIMIT = 50;
const CURSOR = 'must be the next_cursor of the page before, with the same filter';

/** The field says how many a page has at most. */
export const IsLimit = (): PropertyDecorator =>
  applyDecorators(
    ApiProperty({
      ...{ type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT, required: false },
      description: `How many at most: 1 to ${MAX_LIMIT}.`,
    }),
    ReadBy(wholeNumber),
    MayBeOmitted(),
    IsWhole(1, MAX_LIMIT),
  );

/** The field says where a page begins. */
export const IsCursor = (): PropertyDecorator =>
  applyDecorators(
    ApiProperty({
      ...{ type: 'string', minLength: 1, required: false },
      description: 'The `next_cursor` of the page before; the first page without.',
    }),
    MayBeOmitted(),
    MinLength(1, { message: CURSOR }),
  );

/** Which page of a list. */
export class PageQuery {
  @IsLimit()
  limit = DEFAULT_LIMIT;

  @IsCursor()
  cursor?: string;
}

/** What comes after the last of a page. `next_cursor` is null at the end. */
export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

/** The class of such a page, to be named by whoever extends it; `data` says what there is to know of the list. */
export function PageDto<T>(item: Type<T>, data: string): Type<Page<T>> {
  class PageOfItems implements Page<T> {
    @ApiProperty({ type: [item], description: data })
    data!: T[];

    @ApiProperty({
      ...{ type: 'string', nullable: true, example: null },
      description: 'The `cursor` of the next page, with the same filter; null at the end.',
    })
    next_cursor!: string | null;
  }
  return PageOfItems;
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
  if (!form.test(key)) throw wrongCursor();
  return key;
}

/** 400: it is none, or that of another list. */
export function wrongCursor(): ProblemException {
  return invalid([{ field: 'cursor', message: CURSOR }]);
}
