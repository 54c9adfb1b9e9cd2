/** More at a time are not started sooner where the engine is busy, but others would be behind all of them. */
const AT_A_TIME = 8;

interface Line {
  underWay: number;
  waiting: (() => void)[];
}

/** Lets a few jobs of each tenant be started at a time. The others of that tenant wait, who came first goes first. */
export class StartLine {
  private readonly lines = new Map<string | null, Line>();

  /** `tenant`: null for global work. */
  async run<T>(tenant: string | null, start: () => Promise<T>): Promise<T> {
    const line = this.lineOf(tenant);
    if (line.underWay < AT_A_TIME) line.underWay += 1;
    else await new Promise<void>((resolve) => line.waiting.push(resolve));
    try {
      return await start();
    } finally {
      this.leave(tenant, line);
    }
  }

  private lineOf(tenant: string | null): Line {
    const line = this.lines.get(tenant) ?? { underWay: 0, waiting: [] };
    this.lines.set(tenant, line);
    return line;
  }

  private leave(tenant: string | null, line: Line): void {
    const next = line.waiting.shift();
    if (next) return next();
    line.underWay -= 1;
    if (line.underWay === 0) this.lines.delete(tenant);
  }
}
