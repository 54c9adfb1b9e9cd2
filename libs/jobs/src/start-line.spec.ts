import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { StartLine } from './start-line.js';

/** Starts that end when the test says so. */
class Starts {
  readonly begun: string[] = [];
  private readonly ends = new Map<string, (error?: Error) => void>();
  private readonly line = new StartLine();

  start(tenant: string | null, count: number): Promise<PromiseSettledResult<void>[]> {
    return Promise.allSettled(
      Array.from({ length: count }, (_, job) => this.line.run(tenant, () => this.begin(`${tenant}-${job}`))),
    );
  }

  async end(name: string, error?: Error): Promise<void> {
    this.ends.get(name)?.(error);
    await turn();
  }

  private begin(name: string): Promise<void> {
    this.begun.push(name);
    return new Promise((resolve, reject) => {
      this.ends.set(name, (error) => (error ? reject(error) : resolve()));
    });
  }
}

describe('the jobs that a tenant starts', () => {
  it('are started eight at a time, in the order in which they came', async () => {
    const starts = new Starts();
    void starts.start('acme', 10);
    expect(starts.begun).toHaveLength(8);
    await starts.end('acme-3');
    expect(starts.begun.at(-1)).toBe('acme-8');
    await starts.end('acme-0');
    expect(starts.begun.at(-1)).toBe('acme-9');
  });

  it('do not wait for those of another one, nor for global work', () => {
    const starts = new Starts();
    void starts.start('acme', 1_000);
    void starts.start('other', 1);
    void starts.start(null, 1);
    expect(starts.begun.slice(8)).toEqual(['other-0', 'null-0']);
  });

  it('go on when one of them cannot be started', async () => {
    const starts = new Starts();
    const all = starts.start('acme', 9);
    await starts.end('acme-0', new Error('refused'));
    for (let job = 1; job < 9; job++) await starts.end(`acme-${job}`);
    expect((await all).map(({ status }) => status)).toEqual([
      'rejected',
      ...Array.from({ length: 8 }, () => 'fulfilled'),
    ]);
  });
});
