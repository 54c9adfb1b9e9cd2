import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';

const CONTROL_CHARACTERS = '\\u0000-\\u001f\\u007f-\\u009f';
/** Half a character is not what was sent when it is read again. No pattern of JSON Schema can say so. */
const HALF_CHARACTERS = '\\ud800-\\udfff';

/** What JSON makes of half a character. */
const ESCAPED_HALF = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

/** Whether there is half a character in it, at any depth: what is sent of it would not be what was given. */
export function hasHalfCharacters(value: unknown): boolean {
  return value !== undefined && ESCAPED_HALF.test(JSON.stringify(value));
}

/** The database can store it, and gives it back as it was. */
export const IsStorable = (): PropertyDecorator =>
  Matches(new RegExp(`^[^\\0${HALF_CHARACTERS}]*$`, 'u'), {
    message: 'must not have NUL or half characters in it',
  });

/** A text of one line: 1 to `max` characters. No control characters, of which PostgreSQL could not even store NUL. */
export function PlainText(max: number, example: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: 'string',
      minLength: 1,
      maxLength: max,
      pattern: `^[^${CONTROL_CHARACTERS}]+$`,
      example,
    }),
    Matches(new RegExp(`^[^${CONTROL_CHARACTERS}${HALF_CHARACTERS}]{1,${max}}$`, 'u'), {
      message: `must be a text of 1 to ${max} characters without control characters`,
    }),
  );
}
