import { describe, expect, it } from '@jest/globals';
import type { JobTypeRecord } from '#contracts/job-plan.js';
import { usableTypes } from './job-catalogue.js';

const stored = (name: string, inputSchema: object) => ({
  name,
  record: { type: name, groups: [], showsData: false, killAfterMs: 1, inputSchema } satisfies JobTypeRecord,
});

describe('the catalogue of job types', () => {
  it('is read though one type in it has a schema that nobody understands, and says which', () => {
    const unusable: string[] = [];
    const types = usableTypes(
      [stored('bad', { type: 'text' }), stored('good', { type: 'object' })],
      (name) => void unusable.push(name),
    );
    expect([[...types.keys()], unusable]).toEqual([['good'], ['bad']]);
  });

  it('is read though two types have schemas with one $id', () => {
    const schema = (type: string) => ({ $id: 'input', type });
    const types = usableTypes([stored('a', schema('object')), stored('b', schema('array'))], (name) => {
      throw new Error(name);
    });
    expect([types.get('a')?.validate({}), types.get('b')?.validate({})]).toEqual([true, false]);
  });
});
