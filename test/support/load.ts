import type { App } from './app.js';
import type { TimerBody } from './system.js';

/** What came of one POST of a load: `body` when it was answered with 201. */
export interface PostOutcome {
  path: string;
  status: number;
  body?: TimerBody;
}

/** POSTs timers, `concurrency` at a time, to the servers in turn. An answer that does not come counts as status 0. */
export async function postTimers(
  servers: App[],
  bodies: { seconds: number; url: string }[],
  concurrency = 32,
): Promise<PostOutcome[]> {
  const outcomes: PostOutcome[] = [];
  let next = 0;
  const client = async () => {
    for (let index = next++; index < bodies.length; index = next++) {
      const server = servers[index % servers.length] as App;
      const body = bodies[index] as { seconds: number; url: string };
      outcomes[index] = { path: new URL(body.url).pathname, ...(await post(server, body)) };
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  return outcomes;
}

async function post(server: App, body: object): Promise<{ status: number; body?: TimerBody }> {
  try {
    const response = await fetch(`${server.url}/timers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    const answer = (await response.json()) as TimerBody;
    return response.status === 201 ? { status: 201, body: answer } : { status: response.status };
  } catch {
    return { status: 0 };
  }
}
