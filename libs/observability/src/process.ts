/** Starts an app, and ends the process with a message a person can act on if it cannot start. */
export async function runProcess(name: string, start: () => Promise<void>): Promise<void> {
  // Whoever started us over a channel is gone, so nobody will tell us to stop.
  if (process.send) process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  try {
    await start();
  } catch (error) {
    process.stderr.write(`${name} cannot start: ${explain(error)}\n`);
    process.exit(1);
  }
}

/** Their message says all that a person needs. */
const EXPLAINED = new Set(['InvalidEnvironment', 'PortInUse', 'NoEngine', 'NeverHappened']);

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === 'EADDRINUSE') {
    return `${address}:${port} is in use by another process. Free it, or set another port (see .env.example).`;
  }
  return EXPLAINED.has(error.constructor.name) ? error.message : (error.stack ?? error.message);
}
