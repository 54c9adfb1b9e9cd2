import { applyDecorators, ValidationPipe } from '@nestjs/common';
import type { ArgumentMetadata, Type } from '@nestjs/common';
import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsObject,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import type { ValidationError, ValidationOptions } from 'class-validator';
import { invalid } from './problem.exception.js';
import type { FieldError } from './problem.dto.js';
import { toInstance, Typed } from './to-instance.js';

const MAX_SHOWN = 80;
/** An answer must not grow with what was sent. */
const MAX_ERRORS = 20;

/** The field may be left out. Unlike class-validator's `IsOptional`, null is not the same as left out. */
export const MayBeOmitted = (): PropertyDecorator => ValidateIf((_object, value) => value !== undefined);

/** The field may be left out, and may be null: what null takes away. */
export const UnlessNull = (): PropertyDecorator =>
  ValidateIf((_object, value) => value !== undefined && value !== null);

/** The field is an object with the rules of a class of its own. */
export const Nested = (type: Type<object>): PropertyDecorator =>
  applyDecorators(Typed(type), IsObject({ message: 'must be an object' }), ValidateNested());

/** The field is a list of at most so many such objects. */
export const NestedList = (type: Type<object>, most: number): PropertyDecorator =>
  applyDecorators(
    Typed(type),
    IsArray({ message: `must be a list of at most ${most} objects` }),
    ArrayMaxSize(most, { message: `must be a list of at most ${most} objects` }),
    IsObject({ each: true, message: 'must be a list of objects' }),
    ValidateNested({ each: true }),
  );

/** The field is a whole number of this range, both ends included. */
export const IsWhole = (min: number, max: number, { each = false } = {}): PropertyDecorator => {
  const options = ranged('whole number', { min, max, each });
  return applyDecorators(IsInt(options), Min(min, options), Max(max, options));
};

/** The field is a number of this range, both ends included, with at most 3 decimals. */
export const IsDecimal = (min: number, max: number, { each = false } = {}): PropertyDecorator => {
  const options = ranged('number', { min, max, each, form: ' with at most 3 decimals' });
  const isDecimal = ValidateBy({ name: 'isDecimal', validator: { validate: hasMilliPrecision } }, options);
  return applyDecorators(isDecimal, Min(min, options), Max(max, options));
};

class BodyValidationPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // An array would be taken for an object that has a property `every`, `length` and the like.
    // A text or a number would pass for a body that has nothing in it.
    if (
      Array.isArray(value) ||
      (metadata.type === 'body' && value !== undefined && typeof value !== 'object')
    )
      throw invalid([{ field: 'body', message: `must be a JSON object, got ${shown(value)}` }]);
    return super.transform(value, metadata);
  }

  // It would take properties called `prototype` or `constructor` out of what a client wants to have sent. The parser
  // refuses `__proto__`, and `toInstance` copies no property that changes what an object is.
  protected override stripProtoKeys(): void {}
}

/** Refuses bodies that are no object, have unknown properties or wrong values, and names each. */
export function validationPipe(): ValidationPipe {
  return new BodyValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    transformerPackage: { plainToInstance: toInstance, classToPlain: Object },
    stopAtFirstError: true,
    exceptionFactory: (errors) => invalid(errors.flatMap((error) => fieldErrors(error)).slice(0, MAX_ERRORS)),
  });
}

const pipe = validationPipe();

/** An instance of the class, checked by the same rules as a body. */
export function validated<T extends object>(type: Type<T>, json: unknown): Promise<T> {
  return pipe.transform(json, { type: 'body', metatype: type }) as Promise<T>;
}

/** class-validator's `IsNumber` counts decimals in the text of a number, and throws for one such as 5e-324. */
function hasMilliPrecision(value: unknown): boolean {
  return typeof value === 'number' && Number(value.toFixed(3)) === value;
}

function ranged(
  what: string,
  { min, max, each, form = '' }: { min: number; max: number; each: boolean; form?: string },
): ValidationOptions {
  return {
    each,
    message: `must ${each ? `hold ${what}s` : `be a ${what}`} from ${min} to ${max}${form}`,
  };
}

function fieldErrors({ property, value, constraints, children }: ValidationError, path = ''): FieldError[] {
  const field = path + (property ?? 'body');
  const own = Object.entries(constraints ?? {}).flatMap(([rule, message]) => {
    if (rule === 'nestedValidation') return [];
    if (rule === 'whitelistValidation')
      return { field: shortened(field), message: 'is not a known property' };
    if (rule === 'unknownValue') return { field: 'body', message: 'must be a JSON object' };
    return { field, message: `${message}, got ${shown(value)}` };
  });
  if (own.length > 0) return own;
  return (children ?? []).flatMap((child) => fieldErrors(child, `${field}.`));
}

/** What was sent, for a message. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return shortened(JSON.stringify(value));
}

function shortened(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
