import { describe, expect, it } from '@jest/globals';
import { failureOf } from './core-failure.js';

describe('What the core tells of a workflow that failed', () => {
  it('becomes an error with its message and its stack', () => {
    const error = failureOf(
      'Failing workflow task',
      'Failure { failure: Some(Failure { message: "no \\"index\\" of null", source: "TypeScriptSDK", stack_trace: ' +
        '"TypeError: no\\n    at apply (wheel.js:1:2)\\n    at run (b.js:3:4)", encoded_attributes: None }) }',
    );
    expect(error).toMatchObject({ name: 'WorkflowTaskFailed', message: 'no "index" of null' });
    expect(error.stack).toBe(
      'WorkflowTaskFailed: no "index" of null\n    at apply (wheel.js:1:2)\n    at run (b.js:3:4)',
    );
  });

  it('is what it said, where it tells no more', () => {
    expect(failureOf('Failing workflow task', undefined).message).toBe('Failing workflow task');
  });
});
