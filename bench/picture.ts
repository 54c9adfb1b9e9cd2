import type { Plot, Row } from './figure.js';
import { formatNumber, median, spread } from './statistics.js';

const WIDTH = 860;
const PLOT = { left: 70, right: 20, top: 60, height: 260 };
/** Ours stands out; the others are told apart by lightness too, for print and for eyes that see fewer colours. */
const COLOURS = ['#0b6e4f', '#9aa5b1', '#e07a5f', '#f2cc8f', '#3d5a80', '#b08bbb'];

/** Bars of some rows as SVG: a group for each row, a bar for each column, its spread over the rounds as a line. */
export function picture(
  { title, unit, rows: names, logarithmic }: Plot,
  columns: string[],
  all: Row[],
): string {
  const rows = names.flatMap((name) => all.find((row) => row.name === name) ?? []);
  const values = rows.flatMap((row) => row.values.flat()).filter(Number.isFinite);
  const scale = makeScale(values, logarithmic);
  const groupWidth = (WIDTH - PLOT.left - PLOT.right) / rows.length;
  const barWidth = Math.min(48, (groupWidth * 0.8) / columns.length);
  const bottom = PLOT.top + PLOT.height;
  const bars = rows.flatMap((row, group) => {
    const middle = PLOT.left + groupWidth * (group + 0.5);
    const left = middle - (barWidth * columns.length) / 2;
    const label = [text(middle, bottom + 22, row.name, 'middle')];
    return row.values.reduce(
      (drawn, rounds, column) => drawn.concat(bar(rounds, left + barWidth * column, barWidth, column, scale)),
      label,
    );
  });
  const height = bottom + 44 + 20;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(PLOT.left, 24, `${title} (${unit}${logarithmic ? ', logarithmic' : ''})`, 'start', 15),
    ...scale.ticks.map((tick) => gridLine(tick, scale.y(tick))),
    ...bars,
    ...columns.map((column, index) => legend(column, index, columns.length, bottom + 50)),
    '</svg>',
    '',
  ].join('\n');
}

interface Scale {
  ticks: number[];
  y: (this: void, value: number) => number;
}

function makeScale(values: number[], logarithmic: boolean): Scale {
  const bottom = PLOT.top + PLOT.height;
  const most = Math.max(...values, 1);
  if (!logarithmic) {
    const step = roundUp(most / 5);
    const top = step * Math.ceil(most / step);
    const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step);
    return { ticks, y: (value) => bottom - (PLOT.height * Math.max(0, value)) / top };
  }
  // What is less than a bar can show stands at the foot.
  const least = Math.min(...values.filter((value) => value > 0), most);
  const from = Math.floor(Math.log10(least)) - (least === most ? 1 : 0);
  const to = Math.max(from + 1, Math.ceil(Math.log10(most)));
  const ticks = Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
  const share = (value: number) => (Math.log10(Math.max(value, 10 ** from)) - from) / (to - from);
  return { ticks, y: (value) => bottom - PLOT.height * share(value) };
}

/** To 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10);
}

function bar(rounds: number[], x: number, width: number, column: number, { y }: Scale): string[] {
  if (rounds.length === 0) return [];
  const { min, max } = spread(rounds);
  const middle = median(rounds);
  const [top, foot, centre] = [y(middle), PLOT.top + PLOT.height, x + width / 2];
  const body = { x: x + 1, y: top, width: width - 2, height: Math.max(1, foot - top) };
  return [
    `<rect ${attributes(body)} fill="${COLOURS[column % COLOURS.length]}"/>`,
    `<line ${attributes({ x1: centre, x2: centre, y1: y(max), y2: y(min) })} stroke="#222" stroke-width="1.5"/>`,
    text(centre, y(max) - 5, formatNumber(middle), 'middle', 10),
  ];
}

function gridLine(tick: number, y: number): string {
  const ends = attributes({ x1: PLOT.left, x2: WIDTH - PLOT.right, y1: y, y2: y });
  return `<line ${ends} stroke="#dddddd"/>${text(PLOT.left - 8, y + 4, formatNumber(tick), 'end')}`;
}

function legend(column: string, index: number, count: number, y: number): string {
  const x = PLOT.left + (index * (WIDTH - PLOT.left - PLOT.right)) / Math.max(count, 4);
  const box = attributes({ x, y: y - 10, width: 11, height: 11 });
  return `<rect ${box} fill="${COLOURS[index % COLOURS.length]}"/>${text(x + 16, y, column, 'start')}`;
}

function text(x: number, y: number, words: string, anchor: string, size = 12): string {
  const escaped = words.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<text ${attributes({ x, y })} text-anchor="${anchor}" font-size="${size}" fill="#222">${escaped}</text>`;
}

function attributes(numbers: Record<string, number>): string {
  return Object.entries(numbers)
    .map(([name, value]) => `${name}="${Number(value.toFixed(1))}"`)
    .join(' ');
}
