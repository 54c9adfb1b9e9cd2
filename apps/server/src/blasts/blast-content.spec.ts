import { describe, expect, it } from '@jest/globals';
import { ProblemException } from '../http/problem.exception.js';
import { blastContent } from './blast-content.js';
import type { FoundTemplate } from './blast-content.js';
import type { CreateBlastDto } from './create-blast.dto.js';

const TEMPLATE: FoundTemplate = {
  ...{ name: 'news', version: 1, subject: 'News', html: null },
  text: 'Hello {{ name }}. {{ unsubscribe_url }}',
};

const contentOf = (body: object) => blastContent(body as CreateBlastDto, () => Promise.resolve(TEMPLATE));
const mail = (email: object) => contentOf({ channel: 'email', email: { unsubscribe: true, ...email } });

/** None if it is taken. */
async function wrongFields(content: Promise<unknown>): Promise<string[]> {
  try {
    await content;
    return [];
  } catch (error) {
    if (!(error instanceof ProblemException)) throw error;
    return (error.extra.errors ?? []).map(({ field }) => field);
  }
}

describe('what a blast says', () => {
  it('may have the link for opting out in text and html', async () => {
    const { email } = await mail({ subject: 'News', text: '{{ unsubscribe_url }}' });
    expect(email).toMatchObject({ text: '{{ unsubscribe_url }}', unsubscribe: true });
  });

  it.each([
    ['text', { subject: 'News', text: 'Stop: {{ unsubscribe_url }}' }],
    ['html', { subject: 'News', text: 'Hello', html: '<a href="{{ unsubscribe_url | escape }}">Stop</a>' }],
    ['a stored template', { template: { name: 'news' } }],
  ])('has no place for the link in %s where nobody would put it in', async (_where, email) => {
    expect(await wrongFields(mail({ ...email, unsubscribe: false }))).toEqual(['email.unsubscribe']);
  });

  it('is refused with the place of everything that is wrong', async () => {
    expect(await wrongFields(contentOf({ channel: 'email' }))).toEqual(['email']);
    expect(await wrongFields(contentOf({ channel: 'webhook', email: {} }))).toEqual(['email', 'webhook']);
    expect(await wrongFields(mail({}))).toEqual(['email', 'email.subject']);
    const parts = { subject: '{% if', text: '{{ name', html: '{{ name | nothing }}' };
    const all = [
      'email.from',
      'email.reply_to',
      'email.headers',
      'email.subject',
      'email.text',
      'email.html',
    ];
    expect(await wrongFields(mail({ ...parts, from: 'x', reply_to: 'y', headers: { to: 'z' } }))).toEqual(
      all,
    );
    const webhook = {
      method: 'POST',
      timeout_seconds: 30,
      url: 'ftp://x',
      headers: { host: 'y' },
      body: '{% if',
    };
    expect(await wrongFields(contentOf({ channel: 'webhook', webhook }))).toEqual([
      ...['webhook.url', 'webhook.headers', 'webhook.body'],
    ]);
  });

  it('takes the parts of a template, with a subject of its own', async () => {
    const { email } = await mail({ template: { name: 'news' }, subject: 'Other news' });
    expect(email).toMatchObject({
      template: { name: 'news', version: 1 },
      subject: 'Other news',
      text: TEMPLATE.text,
    });
    expect(await wrongFields(mail({ template: { name: 'news' }, subject: '{% if' }))).toEqual([
      'email.subject',
    ]);
    expect(await wrongFields(mail({ template: { name: 'news' }, text: 'Hello' }))).toEqual([
      'email.template',
    ]);
  });

  it('has the link neither in a subject nor in a webhook', async () => {
    const subject = mail({ subject: 'Stop: {{ unsubscribe_url }}', text: 'Hello' });
    expect(await wrongFields(subject)).toEqual(['email.subject']);
    const webhook = { method: 'POST', timeout_seconds: 30, body: '{{ unsubscribe_url }}' };
    expect(await wrongFields(contentOf({ channel: 'webhook', webhook }))).toEqual(['webhook.body']);
  });
});
