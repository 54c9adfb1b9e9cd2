import { describe, expect, it } from '@jest/globals';
import { MessageTemplate, renderTemplate, TemplateProblem } from './template.js';

const problemOf = (run: () => unknown): TemplateProblem => {
  try {
    run();
  } catch (error) {
    if (error instanceof TemplateProblem) return error;
    throw error;
  }
  throw new Error('there was no problem');
};

describe('a template', () => {
  it('renders the parts that it has', () => {
    const source = { subject: 'Order {{ order.id }}', text: 'Hi {{ name }}', html: null };
    expect(renderTemplate(source, { name: 'Ada', order: { id: 7 } })).toEqual({
      subject: 'Order 7',
      text: 'Hi Ada',
    });
  });

  it('escapes data in html and nowhere else', () => {
    const name = '<script>"&\'';
    const { text, html } = renderTemplate({ text: '{{ name }}', html: '<b>{{ name }}</b>' }, { name });
    expect(text).toBe(name);
    expect(html).toBe('<b>&lt;script&gt;&#34;&amp;&#39;</b>');
    expect(renderTemplate({ html: '{{ name | escape }}' }, { name: '<i>' }).html).toBe('&lt;i&gt;');
    const lines = '{{ lines | escape | newline_to_br | raw }}';
    expect(renderTemplate({ html: lines }, { lines: '<i>\nb' }).html).toBe('&lt;i&gt;<br />\nb');
    expect(renderTemplate({ html: '{{ name | raw }}' }, { name: '<i>' }).html).toBe('<i>');
  });

  it('makes one line of a subject, whatever is in the data', () => {
    const { subject } = renderTemplate(
      { subject: 'For {{ name }}\n' },
      { name: 'Ada\r\nBcc: x@y.example\0' },
    );
    expect(subject).toBe('For Ada Bcc: x@y.example');
  });

  it('leaves the place of the unsubscribe link to whoever sends it', () => {
    const source = { text: 'Stop: {{unsubscribe_url}}', html: '<a href="{{ unsubscribe_url }}">' };
    expect(renderTemplate(source, { unsubscribe_url: 'https://evil.example' })).toEqual({
      text: 'Stop: {{ unsubscribe_url }}',
      html: '<a href="{{ unsubscribe_url }}">',
    });
  });

  it('names part, line and variable where one is missing', () => {
    const source = { text: 'fine', html: '<p>\n{{ order.total }}</p>' };
    const problem = problemOf(() => renderTemplate(source, { order: {} }));
    expect(problem).toMatchObject({ part: 'html', variable: 'order.total' });
    expect(problem.message).toBe('html, line 2: the variable order.total is missing');
  });

  it.each(['text', 'html'])('does not send [object Object] in its %s', (part) => {
    const problem = problemOf(() => renderTemplate({ [part]: '{{ order }}' }, { order: { id: 7 } }));
    expect(problem.message).toBe(`${part}, line 1: an object can not be put out, only what is in it`);
    expect(renderTemplate({ text: '{{ order | json }}' }, { order: { id: 7 } }).text).toBe('{"id":7}');
  });

  it('may ask whether something is there', () => {
    const source = {
      text: '{% if name %}Hi {{ name }}{% else %}Hello{% endif %} {{ city | default: "you" }}',
    };
    expect(renderTemplate(source, {}).text).toBe('Hello you');
  });

  it.each([
    ['{{ name', 'line 1: output "{{ name" not closed'],
    ['a\nb {% if x %}', 'line 2: tag {% if x %} not closed'],
    ['{% nothing %}', 'line 1: tag "nothing" not found'],
    ['{% include "/etc/passwd" %}', 'line 1: tag "include" not found'],
    ['{% render "x" %}', 'line 1: tag "render" not found'],
    ['{% layout "x" %}', 'line 1: tag "layout" not found'],
    ['{{ name | shout }}', 'line 1: undefined filter: shout'],
  ])('is refused at once where it can not be read: %s', (text, problem) => {
    expect(problemOf(() => MessageTemplate.parse({ text })).problem).toBe(problem);
  });

  it.each(['constructor', '__proto__', 'toString', 'name.constructor', 'list.map'])(
    'reaches nothing but data: %s',
    (path) => {
      const data = { name: 'Ada', list: [1] };
      expect(problemOf(() => renderTemplate({ text: `{{ ${path} }}` }, data)).variable).toBe(path);
    },
  );

  it('does not change the data, nor what the next rendering sees', () => {
    const data = { count: 1, list: [3, 1] };
    const template = MessageTemplate.parse({ text: '{% increment count %}{{ list | sort | join }}' });
    expect(template.render(data)).toEqual(template.render(data));
    expect(data).toEqual({ count: 1, list: [3, 1] });
  });

  it('shows times in UTC wherever it is rendered, and in a time zone that it names', () => {
    const text = '{{ at | date: "%H:%M" }} {{ at | date: "%H:%M", "Europe/Berlin" }}';
    expect(renderTemplate({ text }, { at: '2026-11-22T10:00:00+05:00' }).text).toBe('05:00 06:00');
  });
});

describe('a hostile template', () => {
  const loops = '{% assign r = (1..90000) %}{% for a in r %}{% for b in r %}{% endfor %}{% endfor %}';
  it.each([
    ['loops for ever', loops],
    [
      'searches for ever in one tag',
      `{% assign r = (1..900000) %}{% if ${Array(5_000).fill('r contains 0').join(' or ')} %}{% endif %}`,
    ],
    ['puts out more and more', `{% for i in (1..90000) %}${'x'.repeat(1_000)}{% endfor %}`],
    [
      'doubles what it captures',
      `{% assign x = "xxxxxxxx" %}${'{% capture x %}{{ x }}{{ x }}{% endcapture %}'.repeat(40)}{{ x }}`,
    ],
    [
      'doubles what it appends',
      `{% assign x = "xxxxxxxx" %}${'{% assign x = x | append: x %}'.repeat(40)}{{ x }}`,
    ],
    ['pads a date', '{{ 0 | date: "%2000000000d" }}'],
    ['puts out a billion numbers', '{{ (1..1000000000) }}'],
    ['writes millions of numbers', '{{ (1..1900000) | json }}'],
    ['escapes what it has escaped', `{{ text ${'| json '.repeat(5_000)}}}`],
    ['counts to a billion', '{% for i in (1..1000000000) %}{% endfor %}'],
    ['replaces nothing by much', '{{ text | replace: "", text | replace: "", text }}'],
    ['nests without end', '{% if true %}'.repeat(7_000) + '{% endif %}'.repeat(7_000)],
  ])('that %s is stopped', (_what, text) => {
    const beforeMs = performance.now();
    problemOf(() => renderTemplate({ text }, { text: 'x'.repeat(20_000) }));
    expect(performance.now() - beforeMs).toBeLessThan(5_000);
  });

  it('is not what many small ones are', () => {
    const text = 'x'.repeat(1_000);
    for (let count = 0; count < 500; count++) expect(renderTemplate({ text }, {})).toEqual({ text });
  });

  it('is no harm to those after it', () => {
    problemOf(() => renderTemplate({ text: loops }, {}));
    expect(renderTemplate({ text: 'Hi {{ name }}' }, { name: 'Ada' })).toEqual({ text: 'Hi Ada' });
  });
});
