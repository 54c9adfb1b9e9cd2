import type { TimerEvent } from './timer-event.js';

/** What one listener has not been sent yet. Bounded: one who reads too slowly is given up. */
export class EventQueue {
  private waiting: TimerEvent[] = [];
  private over = false;
  private wake: () => void = () => undefined;

  constructor(
    private readonly capacity: number,
    private readonly onOverflow: () => void,
  ) {}

  get closed(): boolean {
    return this.over;
  }

  push(events: TimerEvent[]): void {
    if (this.over) return;
    this.waiting = this.waiting.concat(events);
    if (this.waiting.length > this.capacity) {
      this.waiting = [];
      this.close();
      this.onOverflow();
    }
    this.wake();
  }

  /** All that waits, at once or as soon as there is something; empty when the time is over or the queue was closed. */
  async take(timeoutMs: number): Promise<TimerEvent[]> {
    if (this.waiting.length === 0 && !this.over) await this.woken(timeoutMs);
    const events = this.waiting;
    this.waiting = [];
    return events;
  }

  close(): void {
    this.over = true;
    this.wake();
  }

  private async woken(timeoutMs: number): Promise<void> {
    let alarm: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      alarm = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(alarm);
  }
}
