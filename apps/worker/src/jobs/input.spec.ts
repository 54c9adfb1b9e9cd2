import { describe, expect, it } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { assertValid, compileSchema, InvalidInput } from './input.js';

const schema = Type.Object(
  {
    users: Type.Array(Type.Object({ id: Type.Integer() })),
    at: Type.Optional(Type.String({ format: 'date-time' })),
    size: Type.Optional(Type.Union([Type.Literal('small'), Type.Literal('large')])),
  },
  { additionalProperties: false },
);
const check = (value: unknown) => () => assertValid(compileSchema(schema), value, 'input of a-job');

describe('the input of a job', () => {
  it('is taken where it is as its schema wants it', () => {
    expect(check({ users: [{ id: 1 }], at: '2026-01-01T00:00:00Z', size: 'small' })).not.toThrow();
  });

  it.each<[string, unknown, string]>([
    ['nothing at all', undefined, 'input of a-job: it must be object'],
    ['a missing field', {}, "it must have required property 'users'"],
    ['a wrong place deep inside', { users: [{ id: 1 }, { id: 'x' }] }, 'users.1.id must be integer'],
    ['a field that nobody knows', { users: [], user: 1 }, 'it must NOT have additional properties (user)'],
    ['a format', { users: [], at: 'tomorrow' }, 'at must match format "date-time"'],
  ])('names %s', (_what, value, message) => {
    expect(check(value)).toThrow(InvalidInput);
    expect(check(value)).toThrow(message);
  });

  it('names every place that is wrong, not the first alone, and says nothing twice', () => {
    expect(check({ users: 1, at: 2 })).toThrow(
      new InvalidInput('input of a-job: users must be array; at must be string'),
    );
  });

  it('may have a schema with an $id, of which there are more', () => {
    const withId = () => Type.Object({ id: Type.Integer() }, { $id: 'user' });
    const [one, other] = [withId(), withId()];
    for (const each of [one, other, one]) {
      expect(() => assertValid(compileSchema(each), { id: 'x' }, 'input')).toThrow('id must be integer');
    }
  });
});
