/** Whose jobs a worker runs, as far as it has seen them lately. */
export class TenantsAtWork {
  private readonly seenMs = new Map<string | null, number>();

  constructor(private readonly memoryMs = 10_000) {}

  /** A group of that tenant is run; null for global work. */
  note(tenant: string | null): void {
    this.seenMs.set(tenant, performance.now());
  }

  /** Whether there are several. */
  get several(): boolean {
    const sinceMs = performance.now() - this.memoryMs;
    for (const [tenant, ms] of this.seenMs) if (ms < sinceMs) this.seenMs.delete(tenant);
    return this.seenMs.size > 1;
  }
}
