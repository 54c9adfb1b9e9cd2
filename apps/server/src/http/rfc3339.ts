import { applyDecorators } from '@nestjs/common';
import { Matches, Validate, ValidatorConstraint } from 'class-validator';
import type { ValidatorConstraintInterface } from 'class-validator';

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;
const MESSAGE = 'must be a time as in 2026-11-22T10:00:00Z or 2026-11-22T12:00:00+02:00';

@ValidatorConstraint({ name: 'instant' })
class IsOnTheCalendar implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) return false;
    // The 31st of a shorter month would become a day of the next one.
    const day = value.slice(0, 10);
    return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  }

  defaultMessage(): string {
    return MESSAGE;
  }
}

/** A moment: RFC 3339 with an offset. */
export function IsInstant(): PropertyDecorator {
  return applyDecorators(Matches(RFC_3339, { message: MESSAGE }), Validate(IsOnTheCalendar));
}
