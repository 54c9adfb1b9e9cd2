import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { Info } from 'csv-parse';
import { ProblemException } from './problem.exception.js';
import { MAX_RECORD_LENGTH } from './record-line.js';
import type { RecordLine } from './record-line.js';
import { shown } from './validation.js';

/** What spreadsheets take for a formula by its beginning. */
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;

/** What stands between columns in CSV of some spreadsheets. */
const OTHER_SEPARATOR = /[;\t|]/;

/** What stands in line 1 where the row of names was forgotten: an address or a url. */
const NO_NAME = /^(?:[^\s@]+@[^\s@]+|https?:\/\/.*)$/i;

/** The rows of CSV (RFC 4180) by the names in the first one; a cell that is empty is not there. */
export async function* csvRecords(chunks: AsyncIterable<Buffer>): AsyncGenerator<RecordLine> {
  const rows = parse({
    ...{ info: true, bom: true, relax_column_count: true, skip_empty_lines: true },
    max_record_size: MAX_RECORD_LENGTH,
  });
  pipeline(Readable.from(textOf(chunks)), rows, () => undefined);
  let names: string[] | undefined;
  try {
    for await (const { record, info } of rows as AsyncIterable<{ record: string[]; info: Info }>) {
      if (names) yield readRow(names, record, info.lines);
      else names = namesIn(record);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw broken(`The body can not be read as CSV: ${error.message}.`);
  }
  if (!names) throw broken('The body is empty. Line 1 must name the columns.');
}

/** A row as it is written. What would be a formula in a spreadsheet gets an apostrophe, which `csvRecords` takes away. */
export function csvRow(cells: readonly string[]): string {
  const written = cells.map((cell) => {
    const text = FORMULA.test(cell) ? `'${cell}` : cell;
    return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${written.join(',')}\r\n`;
}

function namesIn(cells: string[]): string[] {
  const names = cells.map((cell) => cell.trim());
  const value = names.find((name) => NO_NAME.test(name));
  if (value) throw broken(`Line 1 must name the columns, got ${shown(value)}.`);
  if (names.includes('')) throw broken('Line 1 must name every column.');
  if (new Set(names).size < names.length) throw broken('Line 1 names a column twice.');
  const [first = ''] = names;
  if (names.length === 1 && OTHER_SEPARATOR.test(first))
    throw broken(`Line 1 must have commas between the columns, got ${shown(first)}.`);
  if (names.includes('__proto__')) throw broken('Line 1 names a column __proto__, which no data has.');
  return names;
}

function readRow(names: string[], cells: string[], line: number): RecordLine {
  if (cells.length !== names.length)
    return { line, problem: `has ${cells.length} columns, and line 1 has ${names.length}` };
  const entries = names.map((name, column) => [name, cellOf(cells[column] ?? '')] as const);
  return { line, columns: names, record: Object.fromEntries(entries.filter(([, cell]) => cell !== '')) };
}

function cellOf(text: string): string {
  return text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
}

async function* textOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let line = 1;
  const decode = (chunk?: Buffer) => {
    try {
      return utf8.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw broken(`The body is not valid UTF-8, on line ${line} or after it.`);
    }
  };
  for await (const chunk of chunks) {
    const text = decode(chunk);
    yield text;
    line += text.split('\n').length - 1;
  }
  yield decode();
}

function broken(detail: string): ProblemException {
  return new ProblemException(400, 'malformed-body', detail);
}
