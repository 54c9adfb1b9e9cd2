/** So many jobs a tenant may start at once: fewer than a worker runs groups at a time. */
const AT_ONCE = 30;
/** So many more per second. */
const PER_SECOND = 10;
/** Beyond so many tenants those are forgotten who have started nothing for a while. */
const MOST_TENANTS = 10_000;

interface Level {
  jobs: number;
  atMs: number;
}

/** Tells which jobs are more than a tenant usually starts, as far as this process starts them. */
export class Bursts {
  private readonly levels = new Map<string | null, Level>();

  /** Counts a job of that tenant that is started now; null for global work. Whether it is part of a burst. */
  add(tenant: string | null, nowMs = performance.now()): boolean {
    const level = this.levels.get(tenant);
    const jobs = 1 + (level ? leftOf(level, nowMs) : 0);
    this.levels.set(tenant, { jobs, atMs: nowMs });
    if (this.levels.size > MOST_TENANTS) this.forget(nowMs);
    return jobs > AT_ONCE;
  }

  private forget(nowMs: number): void {
    for (const [tenant, level] of this.levels) if (leftOf(level, nowMs) === 0) this.levels.delete(tenant);
  }
}

function leftOf({ jobs, atMs }: Level, nowMs: number): number {
  return Math.max(0, jobs - ((nowMs - atMs) / 1000) * PER_SECOND);
}
