/** The connections that there may be. Who finds none free waits, in the order of asking. */
export class Connections {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  /** Resolves with whether there is one; there is none if `giveUp` comes first. */
  async take(giveUp?: AbortSignal): Promise<boolean> {
    if (giveUp?.aborted) return false;
    if (this.free > 0) {
      this.free -= 1;
      return true;
    }
    return new Promise((resolve) => {
      const taken = () => {
        giveUp?.removeEventListener('abort', gaveUp);
        resolve(true);
      };
      const gaveUp = () => {
        this.waiting.splice(this.waiting.indexOf(taken), 1);
        resolve(false);
      };
      this.waiting.push(taken);
      giveUp?.addEventListener('abort', gaveUp, { once: true });
    });
  }

  /** To be called once for each that was taken. */
  give(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.free += 1;
  }
}
