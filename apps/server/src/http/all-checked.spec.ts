import { describe, expect, it } from '@jest/globals';
import { allChecked, checkFields } from './all-checked.js';
import { ProblemException } from './problem.exception.js';

describe('checks of a request', () => {
  it('return what each has found', async () => {
    expect(
      await allChecked(
        () => 1,
        () => Promise.resolve('two'),
        () => undefined,
      ),
    ).toEqual([1, 'two', undefined]);
  });

  it('tell all that is wrong at once, in their order', async () => {
    const checking = allChecked(
      async () => checkFields(await Promise.resolve({ a: 'is wrong', b: undefined })),
      () => 1,
      () => checkFields({ c: 'is missing' }),
    );
    await expect(checking).rejects.toMatchObject({
      ...{ status: 400, kind: 'validation', message: 'a is wrong; c is missing' },
      extra: {
        errors: [
          { field: 'a', message: 'is wrong' },
          { field: 'c', message: 'is missing' },
        ],
      },
    });
  });

  it('hide no failure that is another than a wrong field', async () => {
    const blocked = new ProblemException(422, 'destination_blocked', 'not there');
    const checking = allChecked(
      () => checkFields({ a: 'is wrong' }),
      () => Promise.reject(blocked),
    );
    await expect(checking).rejects.toBe(blocked);
  });
});
