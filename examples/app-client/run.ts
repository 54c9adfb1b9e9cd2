import { createClient } from './client.js';
import { bookMeeting, moveMeeting, whatAttendeesWereTold } from './bookings.js';
import { startCampaign } from './jobs.js';
import { cancelTimer, moveTimer, setTimers, timerStatus } from './timers.js';

/** Uses Timekeeper as an application does that speaks to the engine itself, and prints what came of it as JSON. */
const client = createClient();
const tenant = process.argv[2] ?? 'default';

const [reminder, cancelled] = await setTimers(client, tenant, [
  { url: 'https://example.com/reminder', inMs: 3_600_000 },
  { url: 'https://example.com/cancelled', inMs: 3_600_000 },
]);
if (!reminder || !cancelled) throw new Error('the timers were not set');
await moveTimer(client, tenant, reminder, Date.now() + 7_200_000);
await cancelTimer(client, tenant, cancelled);

const startsMs = Date.now() + 3 * 86_400_000;
const bookingId = await bookMeeting(client, tenant, {
  title: 'Kick-off',
  startsMs,
  email: 'ada@example.com',
});
await moveMeeting(client, tenant, bookingId, startsMs + 3_600_000);

const jobId = await startCampaign(client, tenant, 'spring');

const results = {
  timers: [
    { id: reminder.id, status: await timerStatus(client, tenant, reminder.id) },
    { id: cancelled.id, status: await timerStatus(client, tenant, cancelled.id) },
  ],
  booking: { id: bookingId, told: await whatAttendeesWereTold(client, tenant, bookingId) },
  job: { id: jobId },
};
process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
await client.connection.close();
