export interface RecentLimits {
  /** So long what was read is used without asking again. */
  freshMs: number;
  /** So long it is used while it cannot be read again. */
  staleMs: number;
  /** More than so many are not remembered. */
  max: number;
}

interface Entry<T> {
  value: T;
  readMs: number;
  /** From then on it is to be read again. */
  dueMs: number;
  /** The last time it could not be read. */
  failing: boolean;
}

/** Remembers for a short time what was read, so that asking often costs one read. What is not there is not remembered. */
export class Recent<T> {
  private readonly entries = new Map<string, Entry<T>>();
  private readonly reading = new Map<string, Promise<T | undefined>>();

  constructor(
    private readonly limits: RecentLimits,
    private readonly read: (key: string) => Promise<T | undefined>,
    private readonly nowMs = () => performance.now(),
  ) {}

  /** Rejects if it cannot be read and was not read before. */
  async get(key: string): Promise<T | undefined> {
    const entry = this.entries.get(key);
    if (entry && this.nowMs() < entry.dueMs) return entry.value;
    if (!entry || this.nowMs() >= entry.readMs + this.limits.staleMs) return this.refresh(key);
    const refreshed = this.refresh(key).catch(() => {
      entry.failing = true;
      entry.dueMs = this.nowMs() + this.limits.freshMs;
      return entry.value;
    });
    // Who asks again during an outage need not wait for its end.
    return entry.failing ? entry.value : refreshed;
  }

  /** What was read before, however long ago; undefined if it is not remembered. */
  peek(key: string): T | undefined {
    return this.entries.get(key)?.value;
  }

  private refresh(key: string): Promise<T | undefined> {
    const running = this.reading.get(key);
    if (running) return running;
    const started = this.readNow(key).finally(() => this.reading.delete(key));
    this.reading.set(key, started);
    return started;
  }

  private async readNow(key: string): Promise<T | undefined> {
    const value = await this.read(key);
    // Out and in again: the first of the map is the one that was read the longest time ago.
    this.entries.delete(key);
    if (value === undefined) return undefined;
    const [oldest] = this.entries.keys();
    if (oldest !== undefined && this.entries.size >= this.limits.max) this.entries.delete(oldest);
    const readMs = this.nowMs();
    this.entries.set(key, { value, readMs, dueMs: readMs + this.limits.freshMs, failing: false });
    return value;
  }
}
