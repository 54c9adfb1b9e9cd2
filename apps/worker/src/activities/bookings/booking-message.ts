import { Liquid } from 'liquidjs';
import type { BookingMail, BookingMailKind } from '#contracts/booking.js';
import type { EmailMessage } from '#contracts/email.js';
import { calendarOf } from './calendar.js';
import { timeRange } from './time-range.js';

const SAYS: Record<BookingMailKind, { subject: string; sentence: string }> = {
  confirmation: { subject: 'Confirmed', sentence: 'Your appointment is confirmed.' },
  update: { subject: 'Changed', sentence: 'Your appointment has changed. This is how it stands now.' },
  cancellation: { subject: 'Cancelled', sentence: 'Your appointment was cancelled.' },
  reminder: { subject: 'Reminder', sentence: 'This is a reminder of your appointment.' },
  'follow-up': { subject: 'Thank you', sentence: 'Thank you for your time. This was your appointment.' },
};

const HTML = new Liquid({ outputEscape: 'escape' }).parse(
  `<!doctype html>
<html><body style="font-family: sans-serif">
<p>{% if name %}Hello {{ name }},{% else %}Hello,{% endif %}</p>
<p>{{ sentence }}</p>
<table>{% for row in rows %}
<tr><th align="left" valign="top">{{ row[0] }}</th><td style="white-space: pre-line">{{ row[1] }}</td></tr>{% endfor %}
</table>
</body></html>
`,
);
const liquid = new Liquid({ outputEscape: 'escape' });

/** A mail about a booking, with its times in the attendee's own zone. */
export function bookingMessage(mail: BookingMail): EmailMessage {
  const { notice, appointment, attendee } = mail;
  const { title, description, location, startsMs, endsMs, organizer } = appointment;
  const { subject, sentence } = SAYS[notice.kind];
  const when = timeRange(startsMs, endsMs, attendee.timezone ?? appointment.timezone);
  const rows = [
    ['What', title],
    ['When', when],
    ...(location ? [['Where', location]] : []),
    ['With', organizer.name ? `${organizer.name} <${organizer.email}>` : organizer.email],
    ...(description ? [['About', description]] : []),
  ];
  const greeting = attendee.name ? `Hello ${attendee.name},` : 'Hello,';
  return {
    to: [attendee.email],
    replyTo: organizer.email,
    subject: `${subject}: ${title}`,
    text: [greeting, '', sentence, '', ...rows.map(([label, value]) => `${label}: ${value}`), ''].join('\n'),
    html: liquid.renderSync(HTML, { name: attendee.name, sentence, rows }) as string,
    // RFC 3834: nobody's machine answers it.
    headers: { 'Auto-Submitted': 'auto-generated' },
    // What is over has no place in a calendar any more.
    ...(notice.kind !== 'follow-up' && { calendar: calendarOf(mail) }),
  };
}
