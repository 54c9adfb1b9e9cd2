import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Static, TSchema } from '@sinclair/typebox';

/** A JSON Schema that TypeScript knows the type of. */
export type JsonSchema = TSchema;
export type InputOf<S extends JsonSchema> = Static<S>;

/** Each once: to compile one takes long. */
const compiled = new WeakMap<object, ValidateFunction>();

/** What a step asks for can not be, however often it is asked, such as a value that is not as its schema wants it. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
}

/** Throws if this is no JSON Schema. */
export function compileSchema(schema: object): ValidateFunction {
  const known = compiled.get(schema);
  if (known) return known;
  // One of its own: what has an `$id` may be there once only.
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  compiled.set(schema, validate);
  return validate;
}

/** Throws `InvalidInput`, which names every place that is wrong. */
export function assertValid(validate: ValidateFunction, value: unknown, what: string): void {
  if (validate(value)) return;
  throw new InvalidInput(`${what}: ${(validate.errors ?? []).map(problem).join('; ')}`);
}

function problem({ instancePath, message = 'is wrong', params }: ErrorObject): string {
  const place = instancePath.slice(1).replaceAll('/', '.') || 'it';
  const unsaid = Object.values(params as Record<string, unknown>).filter(
    (value) => !message.includes(String(value)),
  );
  return `${place} ${message}${unsaid.length > 0 ? ` (${unsaid.join(', ')})` : ''}`;
}
