/** So many messages of a batch may be under way at a time; the others wait in the order in which they came. */
export class Seats {
  private limit = 0;
  private taken = 0;
  private readonly waiting: (() => void)[] = [];

  /** From now on; those who have a seat keep it. */
  allow(limit: number): void {
    this.limit = limit;
    this.admit();
  }

  /** Resolves when there is a seat. */
  async take(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.admit();
    });
  }

  /** To be called once for each that was taken. */
  give(): void {
    this.taken -= 1;
    this.admit();
  }

  private admit(): void {
    for (; this.taken < this.limit && this.waiting.length > 0; this.taken += 1) this.waiting.shift()?.();
  }
}
