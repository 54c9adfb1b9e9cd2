import { Type } from '@sinclair/typebox';
import { TENANT_ID } from '#contracts/tenant.js';
import type { ChildJob, Contribution } from '#contracts/job.js';
import { assertValid, compileSchema, InvalidInput } from '../../jobs/input.js';
import { assertStorable } from '../../jobs/storable.js';

const Children = Type.Array(
  Type.Object({
    id: Type.Optional(Type.String({ format: 'uuid' })),
    type: Type.String(),
    input: Type.Unknown(),
    tenant: Type.Union([Type.String({ pattern: TENANT_ID.source }), Type.Null()]),
    key: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  }),
);

const NAME = '^[A-Za-z0-9][\\w.-]{0,63}$';
const Counter = Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER });
const Contributions = Type.Array(
  Type.Object(
    {
      result: Type.String({ pattern: '^[A-Za-z0-9][\\w.-]{0,63}(:[\\w.-]{1,100})?$' }),
      counters: Type.Optional(
        Type.Object({}, { propertyNames: { pattern: NAME }, additionalProperties: Counter }),
      ),
      lists: Type.Optional(
        Type.Object(
          {},
          { propertyNames: { pattern: NAME }, additionalProperties: Type.Array(Type.Unknown()) },
        ),
      ),
    },
    { additionalProperties: false },
  ),
);

const [children, contributions] = [compileSchema(Children), compileSchema(Contributions)];

/** Throws `InvalidInput` where a group leaves behind what it cannot mean, as one in another language may. */
export function checkSettlement(settled: {
  children: readonly ChildJob[];
  contributions: readonly Contribution[];
}): void {
  assertValid(children, settled.children, 'children');
  assertValid(contributions, settled.contributions, 'contributions');
  assertStorable(settled.contributions, 'contributions');
  const results = settled.contributions.map(({ result }) => result);
  const repeated = results.find((result, at) => results.indexOf(result) < at);
  // What a group adds to a result counts once, so the second would be lost.
  if (repeated) throw new InvalidInput(`contributions: two to ${repeated}, make them one`);
}
