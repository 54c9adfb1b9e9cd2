import { describe, expect, it } from '@jest/globals';
import { aheadOf } from './ahead.js';

describe('How many recipients a lane takes ahead', () => {
  it('is a few as long as nothing was sent, or little is', () => {
    expect(aheadOf('hold', 0, 0)).toBe(4);
    expect(aheadOf('hold', 10, 1_000)).toBe(4);
  });

  it('grows with the pace, more where nobody has to decide on what a lost worker had taken', () => {
    expect(aheadOf('hold', 300, 1_000)).toBe(16);
    expect(aheadOf('resend', 300, 1_000)).toBe(34);
  });

  it('is bounded however fast it goes', () => {
    expect(aheadOf('hold', 1_000_000, 1_000)).toBe(24);
    expect(aheadOf('resend', 1_000_000, 1_000)).toBe(64);
  });
});
