// Preloaded into a process to give it a clock that somebody sets: the time of day moves by the milliseconds that stand
// in the file CLOCK_OFFSET_FILE. What measures durations goes on as if nothing had been, as on a real machine.
import { readFileSync } from 'node:fs';

const RealDate = Date;
let offsetMs = 0;

setInterval(() => {
  offsetMs = Number(readFileSync(process.env.CLOCK_OFFSET_FILE, 'utf8')) || 0;
}, 50).unref();

globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + offsetMs);
    else super(...args);
  }

  static now() {
    return RealDate.now() + offsetMs;
  }
};
