import { ValidationPipe } from '@nestjs/common';
import { ValidateIf } from 'class-validator';
import type { ValidationError } from 'class-validator';
import { invalid } from './problem.exception.js';
import type { FieldError } from './problem.dto.js';

const MAX_SHOWN = 80;
/** An answer must not grow with what was sent. */
const MAX_ERRORS = 20;

/** The field may be left out. Unlike class-validator's `IsOptional`, null is not the same as left out. */
export const MayBeOmitted = (): PropertyDecorator => ValidateIf((_object, value) => value !== undefined);

/** Refuses bodies that are no object, have unknown properties or wrong values, and names each. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    stopAtFirstError: true,
    exceptionFactory: (errors) => invalid(errors.flatMap((error) => fieldErrors(error)).slice(0, MAX_ERRORS)),
  });
}

function fieldErrors({ property, value, constraints, children }: ValidationError, path = ''): FieldError[] {
  const field = path + (property ?? 'body');
  const own = Object.entries(constraints ?? {}).map(([rule, message]) => {
    if (rule === 'whitelistValidation')
      return { field: shortened(field), message: 'is not a known property' };
    if (rule === 'unknownValue') return { field: 'body', message: 'must be a JSON object' };
    return { field, message: `${message}, got ${shown(value)}` };
  });
  return [...own, ...(children ?? []).flatMap((child) => fieldErrors(child, `${field}.`))];
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return shortened(JSON.stringify(value));
}

function shortened(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
