import { Child } from './child.js';
import type { ChildOptions } from './child.js';

/** Processes that belong together: when one ends by itself the others are ended too, the last started first. */
export class Supervisor {
  private readonly children: Child[] = [];
  private stopping?: Promise<void>;

  constructor(
    private readonly say: (line: string) => void,
    /** How long each may take to end. */
    private readonly graceMs: number,
  ) {}

  startNode(name: string, script: string, options: ChildOptions = {}): Child {
    return this.watch(new Child(name, process.execPath, [script], options));
  }

  watch(child: Child): Child {
    this.children.push(child);
    void child.exited.then(async (how) => {
      if (this.stopping) return;
      this.say(`The ${child.name} has ended (${how}). Stopping the rest.`);
      await this.stop();
      process.exit(1);
    });
    return child;
  }

  stop(): Promise<void> {
    return (this.stopping ??= this.stopInOrder());
  }

  private async stopInOrder(): Promise<void> {
    const names = this.children.map(({ name }) => name).toReversed();
    this.say(`\nStopping: ${names.join(', ')}.`);
    for (const child of this.children.toReversed()) await child.stop(this.graceMs);
  }
}
