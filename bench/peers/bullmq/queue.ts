export const QUEUE = 'timers';

export function redisAt(port: string | undefined) {
  return { host: '127.0.0.1', port: Number(port) };
}
