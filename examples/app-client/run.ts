import { Database } from '#database/database.js';
import { outcomeOf, sendToAll } from './blasts.js';
import { bookMeeting, moveMeeting, whatAttendeesWereTold } from './bookings.js';
import { createClient } from './client.js';
import { cancelEmail, emailStatus, sendEmail } from './emails.js';
import { startCampaign } from './jobs.js';
import { cancelTimer, moveTimer, setTimers, timerStatus } from './timers.js';

/** Uses Timekeeper as an application does that speaks to the engine itself, and prints what came of it as JSON. */
const client = createClient();
const [tenant = 'default', databaseUrl] = process.argv.slice(2);

const [reminder, cancelled] = await setTimers(client, tenant, [
  { url: 'https://example.com/reminder', inMs: 3_600_000 },
  { url: 'https://example.com/cancelled', inMs: 3_600_000 },
]);
if (!reminder || !cancelled) throw new Error('the timers were not set');
await moveTimer(client, tenant, reminder, Date.now() + 7_200_000);
await cancelTimer(client, tenant, cancelled);

const message = { to: ['ada@example.com'], subject: 'Tomorrow', text: 'See you tomorrow!' };
const now = await sendEmail(client, tenant, { ...message, subject: 'Today' }, 0);
const later = await sendEmail(client, tenant, message, 86_400_000);
await cancelEmail(client, tenant, later);

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
  emails: [
    { id: now.id, status: await emailStatus(client, tenant, now.id) },
    { id: later.id, status: await emailStatus(client, tenant, later.id) },
  ],
  booking: { id: bookingId, told: await whatAttendeesWereTold(client, tenant, bookingId) },
  job: { id: jobId },
  ...(databaseUrl !== undefined && { blast: await blast(databaseUrl) }),
};
process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
await client.connection.close();

async function blast(url: string) {
  const database = new Database(url, (error) => process.stderr.write(`${error.message}\n`));
  const people = ['ada', 'bob', 'ADA'].map((name) => ({ address: `${name}@example.com`, name }));
  const news = { subject: 'News for {{ name }}', text: 'Hello {{ name }}!' };
  try {
    const id = await sendToAll({ client, database }, tenant, news, people);
    return { id, recipients: await outcomeOf(database, tenant, id) };
  } finally {
    await database.close();
  }
}
