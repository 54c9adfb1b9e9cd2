import { formatInstant } from '../http/rfc3339.js';
import type { TimerEvent } from './timer-event.js';

/** What a client is told of an event. */
export function eventBody({ status, atMs, line }: TimerEvent) {
  return {
    type: `timer.${status}`,
    timestamp: formatInstant(atMs),
    data: {
      id: line.id,
      status,
      host: line.host,
      fire_at: formatInstant(line.dueMs),
      attempts: status === 'scheduled' ? 0 : line.attempts,
      labels: line.labels ?? {},
      schedule_id: line.scheduleId ?? null,
    },
  };
}

/** An event as a server-sent event. */
export function eventText(event: TimerEvent): string {
  const body = eventBody(event);
  return `id: ${event.id}\nevent: ${body.type}\ndata: ${JSON.stringify(body)}\n\n`;
}
