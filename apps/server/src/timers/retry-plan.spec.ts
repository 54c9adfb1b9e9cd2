import { describe, expect, it } from '@jest/globals';
import type { RetryDto } from './delivery.dto.js';
import { retryDelays, retryProblem } from './retry-plan.js';

const DEFAULT_MS = [5_000, 300_000, 1_800_000];

describe('a retry plan', () => {
  it.each([
    [{}, [5, 300, 1_800]],
    [{ max_attempts: 1 }, []],
    [{ max_attempts: 3 }, [5, 300]],
    [{ max_attempts: 6 }, [5, 300, 1_800, 1_800, 1_800]],
    [{ delays_seconds: [1, 0.5, 0] }, [1, 0.5, 0]],
    [{ delays_seconds: [1, 2, 3], max_attempts: 2 }, [1]],
    [{ delays_seconds: [1, 2], max_attempts: 5 }, [1, 2, 2, 2]],
    [{ initial_delay_seconds: 10, max_attempts: 4 }, [10, 20, 40]],
    [{ initial_delay_seconds: 1, factor: 3, max_delay_seconds: 10, max_attempts: 6 }, [1, 3, 9, 10, 10]],
    [{ factor: 1 }, [5, 5, 5, 5, 5, 5, 5]],
    [{ max_delay_seconds: 2, max_attempts: 3 }, [2, 2]],
    [{ initial_delay_seconds: 0, max_attempts: 3 }, [0, 0]],
    [{ initial_delay_seconds: 36_000, factor: 10 }, Array(7).fill(36_000)],
  ] as [RetryDto, number[]][])('of %j waits %j seconds', (retry, seconds) => {
    expect(retryProblem(retry)).toBeUndefined();
    expect(retryDelays(retry, DEFAULT_MS)).toEqual(seconds.map((each) => each * 1000));
  });

  it('is either a list or grows', () => {
    const both = { delays_seconds: [1], factor: 2, max_delay_seconds: 4 };
    expect(retryProblem(both)).toBe('must have either delays_seconds or factor, max_delay_seconds');
  });
});
