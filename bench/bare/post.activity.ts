import { Agent } from 'undici';

// As many connections to one destination as the other side's worker has by default.
const agent = new Agent({ connections: 100, pipelining: 1 });

export async function post(url: string): Promise<void> {
  const { origin, pathname: path } = new URL(url);
  const { statusCode, body } = await agent.request({ origin, path, method: 'POST' });
  await body.dump();
  if (statusCode >= 300) throw new Error(`answered ${statusCode}`);
}

export function nothing(): Promise<void> {
  return Promise.resolve();
}
