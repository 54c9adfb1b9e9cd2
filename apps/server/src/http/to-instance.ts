import type { Type } from '@nestjs/common';
import { invalid } from './problem.exception.js';

const TYPE = Symbol('type of the property');

/** The property's value becomes an instance of the class. */
export const Typed =
  (type: Type<object>): PropertyDecorator =>
  (prototype, name) =>
    Reflect.defineMetadata(TYPE, type, prototype, name);

const READ = Symbol('how the property is read');

/** The property's value is read so: what comes in a query is text, whatever it stands for. */
export const ReadBy =
  (read: (value: unknown) => unknown): PropertyDecorator =>
  (prototype, name) =>
    Reflect.defineMetadata(READ, read, prototype, name);

/** A parameter as the number that it is written as; anything else as it is. */
export function wholeNumber(value: unknown): unknown {
  return typeof value === 'string' && /^(?:0|[1-9]\d{0,8})$/.test(value) ? Number(value) : value;
}

/**
 * An instance of a DTO class from parsed JSON. What has no class of its own stays as it was sent: class-transformer walks
 * through all of it, which changes objects that have a property called `constructor` or fails on them.
 */
export function toInstance<T>(type: Type<T>, json: unknown): T {
  // Left for the validation to refuse.
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json as T;
  const instance = new type() as Record<string, unknown>;
  for (const [name, value] of Object.entries(json)) {
    // By this name class-validator would look for the rules.
    if (name === 'constructor') throw invalid([{ field: name, message: 'is not a known property' }]);
    const prototype = type.prototype as object;
    const typeOfValue = Reflect.getMetadata(TYPE, prototype, name) as Type<object> | undefined;
    const read = Reflect.getMetadata(READ, prototype, name) as ((value: unknown) => unknown) | undefined;
    if (typeOfValue) {
      const ofType = (item: unknown): unknown => toInstance(typeOfValue, item);
      instance[name] = Array.isArray(value) ? value.map(ofType) : ofType(value);
    } else instance[name] = read ? read(value) : value;
  }
  return instance as T;
}
