import type { TimerEvent } from './timer-event.js';

/** What a client is told of an event. */
export function eventBody({ status, atMs, line }: TimerEvent) {
  return {
    type: `timer.${status}`,
    timestamp: new Date(atMs).toISOString(),
    data: {
      id: line.id,
      status,
      host: line.host,
      fire_at: new Date(line.dueMs).toISOString(),
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
