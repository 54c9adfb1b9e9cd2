import { describe, expect, it } from '@jest/globals';
import { freePort } from './ports.js';

describe('a free port', () => {
  it('is given out once, also while nobody listens on it yet', async () => {
    const ports = await Promise.all(Array.from({ length: 60 }, () => freePort()));
    expect(new Set(ports).size).toBe(60);
  });
});
