import { setTimeout as sleep } from 'node:timers/promises';

/** What a process runs, and how long it may take to end. */
export interface Running {
  close: () => Promise<void>;
  graceMs: number;
}

/** Their message says all that a person needs. */
const EXPLAINED = new Set([
  'InvalidEnvironment',
  'PortInUse',
  'NoEngine',
  'NeverHappened',
  'SetupFailed',
  'DataDirUnusable',
  'InvalidJobType',
  'PostgresFailed',
]);

/**
 * Runs a program from start to end: a start that fails ends it with a message a person can act on, SIGTERM or SIGINT end
 * it in order and within its grace time. The exit code is 0 unless `process.exitCode` says otherwise.
 */
export async function runProcess(name: string, start: () => Promise<Running>): Promise<void> {
  // Whoever started us over a channel is gone, so nobody will tell us to stop.
  if (process.send) process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  try {
    const running = await start();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end(name, running));
  } catch (error) {
    process.stderr.write(`${name} cannot start: ${explain(error)}\n`);
    process.exit(1);
  }
}

async function end(name: string, { close, graceMs }: Running): Promise<void> {
  const late = sleep(graceMs, true, { ref: false });
  try {
    if (await Promise.race([close(), late])) {
      process.stderr.write(`${name} did not end within its grace time\n`);
      process.exitCode = 1;
    }
  } catch (error) {
    process.stderr.write(`${name} did not end in order: ${explain(error)}\n`);
    process.exitCode = 1;
  }
  process.exit();
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === 'EADDRINUSE') {
    return `${address}:${port} is in use by another process. Free it, or set another port (see .env.example).`;
  }
  return EXPLAINED.has(error.constructor.name) ? error.message : (error.stack ?? error.message);
}
