/** A number of places that are taken one at a time; who waits longest is next. */
export class Places {
  private readonly waiting = new Set<() => void>();

  constructor(private free: number) {}

  /** Rejects with the signal's reason if that fires first. */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.free > 0) {
      this.free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        this.waiting.delete(next);
        reject(signal.reason as Error);
      };
      const next = () => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      signal.addEventListener('abort', stop, { once: true });
      this.waiting.add(next);
    });
  }

  give(): void {
    const [next] = this.waiting;
    if (!next) {
      this.free += 1;
      return;
    }
    this.waiting.delete(next);
    next();
  }
}
