import { webhookUrlProblem } from '#contracts/webhook-url.js';
import { hostName } from '#destinations/destination-policy.js';
import { invalid } from '../http/problem.exception.js';

/** A host as destinations are compared by, whatever way it is written; null for none; 400 for what is no host. */
export function readHost(host: string | undefined): string | null {
  if (host === undefined) return null;
  const url = `http://${host}/`;
  // Else the rest would be read as a path, a port or a user.
  const isHost = /^(?:[^\s/?#@:[\]]+|\[[0-9a-f:.]+\])$/i.test(host) && webhookUrlProblem(url) === undefined;
  if (!isHost) {
    const message = 'must be a host name or IP address without a port, such as hooks.example.com';
    throw invalid([{ field: 'host', message }]);
  }
  return hostName(new URL(url).hostname);
}
