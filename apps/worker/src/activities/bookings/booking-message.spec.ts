import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import ICAL from 'ical.js';
import type { BookingMail } from '#contracts/booking.js';
import { bookingMessage } from './booking-message.js';

const STARTS_MS = Date.UTC(2027, 2, 28, 0, 30);

const mail = (more: Partial<BookingMail> = {}): BookingMail => ({
  ...{ tenant: 'default', bookingId: '7f0c2a4e-6a55-4c0e-9d5c-2f1f8f3a9b10' },
  notice: { id: 'i', kind: 'confirmation', sequence: 3, dueMs: STARTS_MS - 1e9, untilMs: STARTS_MS },
  appointment: {
    ...{ title: 'Tea', startsMs: STARTS_MS, endsMs: STARTS_MS + 3_600_000, timezone: 'Europe/Berlin' },
    ...{
      organizer: { name: 'Shop', email: 'shop@example.com' },
      notices: { remindersMs: [], followUpMs: null },
    },
    attendees: [{ name: 'Ada', email: 'ada@example.com' }, { email: 'grace@example.com' }],
  },
  attendee: { name: 'Ada', email: 'ada@example.com' },
  ...more,
});
const of = (kind: BookingMail['notice']['kind']): BookingMail => {
  const given = mail();
  return { ...given, notice: { ...given.notice, kind } };
};

function read(content: string) {
  const calendar = new ICAL.Component(ICAL.parse(content) as ConstructorParameters<typeof ICAL.Component>[0]);
  const component = calendar.getFirstSubcomponent('vevent') as InstanceType<typeof ICAL.Component>;
  return { method: calendar.getFirstPropertyValue('method'), event: new ICAL.Event(component), component };
}

describe('A mail about a booking', () => {
  it('has a calendar part that another library reads the same', () => {
    const { calendar } = bookingMessage(mail());
    const { method, event, component } = read(calendar?.content ?? '');
    expect([calendar?.method, method]).toEqual(['REQUEST', 'REQUEST']);
    expect(event).toMatchObject({
      ...{ uid: '7f0c2a4e-6a55-4c0e-9d5c-2f1f8f3a9b10@timekeeper', summary: 'Tea', sequence: 3 },
    });
    expect(event.startDate.toJSDate().getTime()).toBe(STARTS_MS);
    expect(event.startDate.zone.tzid).toBe('UTC');
    expect(component.getFirstPropertyValue('organizer')).toBe('mailto:shop@example.com');
    const attendees = component.getAllProperties('attendee');
    expect(attendees.map((each) => [each.getFirstValue(), each.getParameter('rsvp')])).toEqual([
      ['MAILTO:ada@example.com', 'TRUE'],
      ['MAILTO:grace@example.com', 'TRUE'],
    ]);
  });

  it('of a cancellation takes it out of calendars, only of those who are concerned', () => {
    const { calendar } = bookingMessage({ ...of('cancellation'), attendee: { email: 'alan@example.com' } });
    const { method, component } = read(calendar?.content ?? '');
    expect([calendar?.method, method, component.getFirstPropertyValue('status')]).toEqual([
      ...['CANCEL', 'CANCEL', 'CANCELLED'],
    ]);
    expect(component.getAllProperties('attendee').map((each) => each.getFirstValue())).toEqual([
      'MAILTO:alan@example.com',
    ]);
  });

  it('is the same at every try', () => {
    expect(bookingMessage(mail())).toEqual(bookingMessage(mail()));
  });

  it('has no calendar part when the appointment is over', () => {
    expect(bookingMessage(of('follow-up')).calendar).toBeUndefined();
  });

  it.each([
    // Clocks go forward in between.
    ['Europe/Berlin', /01:30.*CET.*03:30.*CEST \(Europe\/Berlin\)/],
    ['America/New_York', /27 March 2027.*20:30.*21:30.*\(America\/New_York\)/],
    ['Asia/Kolkata', /28 March 2027.*06:00.*07:00.*\(Asia\/Kolkata\)/],
  ])('tells the time on the clocks of %s', (timezone, pattern) => {
    const { text, html } = bookingMessage(mail({ attendee: { email: 'ada@example.com', timezone } }));
    expect(text).toMatch(pattern);
    expect(html).toMatch(pattern);
  });

  it('says what people have written and nothing else, whatever it is', () => {
    const written = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
      .filter((text) => !/[\p{C}]/u.test(text));
    fc.assert(
      fc.property(written, written, (title, name) => {
        const given = mail();
        const appointment = { ...given.appointment, title, organizer: { name, email: 'shop@example.com' } };
        const { calendar, html = '', subject } = bookingMessage({ ...given, appointment });
        const { event, component } = read(calendar?.content ?? '');
        expect(event.summary).toBe(title);
        expect(component.getFirstProperty('organizer')?.getParameter('cn')).toBe(name.replaceAll('"', "'"));
        expect(component.getAllProperties('attendee')).toHaveLength(2);
        expect(subject).toBe(`Confirmed: ${title}`);
        expect(html.match(/<tr>/g)).toHaveLength(3);
        expect(
          html.match(/<[^>]*>/g)?.every((tag) => /^<\/?(!doctype|html|body|p|table|tr|th|td)\b/.test(tag)),
        ).toBe(true);
      }),
    );
  });
});
