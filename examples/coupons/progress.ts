const WIDTH = 40;
const LINE_EVERY_MS = 5_000;

/** Shows how far something is: a bar in a terminal, else a line now and then. */
export class Progress {
  private readonly startedMs = performance.now();
  private printedMs = -Infinity;

  constructor(
    private readonly total: number,
    private readonly output: NodeJS.WriteStream,
  ) {}

  get seconds(): number {
    return (performance.now() - this.startedMs) / 1000;
  }

  show(done: number, note = ''): void {
    const nowMs = performance.now();
    if (!this.output.isTTY && nowMs - this.printedMs < LINE_EVERY_MS && done < this.total) return;
    this.printedMs = nowMs;
    const full = Math.round((WIDTH * done) / this.total);
    const bar = `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)}`;
    const percent = String(Math.floor((100 * done) / this.total)).padStart(3);
    const line = `${bar} ${percent} %  ${this.seconds.toFixed(0)} s  ${note}`;
    this.output.write(this.output.isTTY ? `\r${line}\u001b[K` : `${line}\n`);
  }

  end(): void {
    if (this.output.isTTY) this.output.write('\n');
  }
}
