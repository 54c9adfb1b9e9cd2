import type { Type } from '@nestjs/common';
import { invalid } from './problem.exception.js';

const TYPE = Symbol('type of the property');

/** The property's value becomes an instance of the class. */
export const Typed =
  (type: Type<object>): PropertyDecorator =>
  (prototype, name) =>
    Reflect.defineMetadata(TYPE, type, prototype, name);

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
    const typeOfValue = Reflect.getMetadata(TYPE, type.prototype as object, name) as Type<object> | undefined;
    instance[name] = typeOfValue ? toInstance(typeOfValue, value) : value;
  }
  return instance as T;
}
