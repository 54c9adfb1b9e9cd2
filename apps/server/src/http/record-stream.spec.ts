import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { csvRecords, csvRow } from './csv.js';
import { ndjsonRecords } from './ndjson.js';
import type { RecordLine } from './record-line.js';
import { RecordStream } from './record-stream.js';

type Reader = (chunks: AsyncIterable<Buffer>) => AsyncIterable<RecordLine>;

/** In chunks of so many bytes, so that lines and characters are cut anywhere. */
async function* cut(body: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += size) yield await Promise.resolve(body.subarray(at, at + size));
}

async function read(reader: Reader, body: string | Buffer, size = 3): Promise<RecordLine[]> {
  const lines: RecordLine[] = [];
  for await (const line of reader(cut(Buffer.from(body), size))) lines.push(line);
  return lines;
}

describe('records in NDJSON', () => {
  it('are read however the body is cut, with the numbers of their lines', async () => {
    const body = '{"a":"ä€😀"}\r\n\n{"a":2}';
    for (const size of [1, 2, 5, 100]) {
      await expect(read(ndjsonRecords, body, size)).resolves.toEqual([
        { line: 1, record: { a: 'ä€😀' } },
        { line: 3, record: { a: 2 } },
      ]);
    }
  });

  it('that are broken are named, and the next one follows', async () => {
    const body = `{"a":\n[1]\nnull\n${'['.repeat(100)}\n{"a":1}\n`;
    const lines = await read(ndjsonRecords, Buffer.concat([Buffer.from(body), Buffer.of(0xff, 0x0a)]));
    expect(lines).toEqual([
      { line: 1, problem: 'is no valid JSON' },
      { line: 2, problem: 'must be a JSON object' },
      { line: 3, problem: 'must be a JSON object' },
      { line: 4, problem: 'is nested too deep' },
      { line: 5, record: { a: 1 } },
      { line: 6, problem: 'is not valid UTF-8' },
    ]);
  });

  it('do not gather in memory what has no end of a line', async () => {
    const body = `{}\n${'x'.repeat(200_000)}`;
    await expect(read(ndjsonRecords, body, 1_000)).rejects.toThrow('Line 2 is longer than 131072 bytes');
  });
});

describe('the digest of a body', () => {
  const body = Buffer.from(`${'{"a":1}\n'.repeat(1_000)}{"a":`);
  const digest = createHash('sha256').update(body).digest();

  it('is of all of it, however it is cut, whether its lines were read or not', async () => {
    for (const size of [1, 100, 10_000]) {
      const stream = new RecordStream(cut(body, size), ndjsonRecords);
      const unread = new RecordStream(cut(body, size), ndjsonRecords);
      let lines = 0;
      for await (const { line } of stream) lines = line;
      expect(lines).toBe(1_001);
      for (const each of [stream, unread, unread]) expect(await each.digest()).toEqual(digest);
    }
  });

  it('is there only if all of it came', async () => {
    const broken = async function* () {
      yield await Promise.resolve(body);
      throw new Error('the connection is gone');
    };
    await expect(new RecordStream(broken(), ndjsonRecords).digest()).rejects.toThrow(
      'the connection is gone',
    );
  });
});

describe('records in CSV', () => {
  it('are read by the names of their columns, however the body is cut', async () => {
    const body = '\ufeffaddress, name \r\na@x.example,"Ä ""B""\nC"\r\n\r\nb@x.example,\r\n';
    for (const size of [1, 2, 5, 100]) {
      const columns = ['address', 'name'];
      await expect(read(csvRecords, body, size)).resolves.toEqual([
        { line: 3, columns, record: { address: 'a@x.example', name: 'Ä "B"\nC' } },
        { line: 5, columns, record: { address: 'b@x.example' } },
      ]);
    }
  });

  it('with other columns than the first row are named, and the next one follows', async () => {
    await expect(read(csvRecords, 'a,b\n1\n1,2,3\n1,2\n')).resolves.toEqual([
      { line: 2, problem: 'has 1 columns, and line 1 has 2' },
      { line: 3, problem: 'has 3 columns, and line 1 has 2' },
      { line: 4, columns: ['a', 'b'], record: { a: '1', b: '2' } },
    ]);
  });

  it.each([
    ['', 'The body is empty. Line 1 must name the columns'],
    ['a,a\n1,2', 'Line 1 names a column twice'],
    ['a,,b\n1,2,3', 'Line 1 must name every column'],
    ['ada@example.com,\n', 'Line 1 must name the columns, got "ada@example.com"'],
    ['https://example.com/hook\n', 'Line 1 must name the columns, got "https://example.com/hook"'],
    ['a\n1\n"2', /Quote Not Closed.*line 3/],
    ['a\n"1"2\n', /Invalid Closing Quote.*line 2/],
    [`a\n"${'x\n'.repeat(100_000)}`, /Max Record Size/],
    [Buffer.from([0x61, 0x0a, 0xff, 0x0a]), 'not valid UTF-8'],
  ])('are not guessed where the body can not be read: %#', async (body, problem) => {
    await expect(read(csvRecords, body, 1_000)).rejects.toThrow(problem);
  });

  it('come back as they were written, and no spreadsheet takes them for formulas', async () => {
    const cells = ['=1+1', '+a@x.example', "'=a", '-', '@x', '\tx', 'a,"b"\nc', "'plain", '＝x', ' x '];
    const body = csvRow(['a', 'b']) + cells.map((cell) => csvRow([cell, 'x'])).join('');
    const lines = await read(csvRecords, body);
    expect(lines.map((line) => (line.problem === undefined ? line.record.a : line))).toEqual(cells);
    for (const cell of cells) expect(csvRow([cell])).not.toMatch(/^"?[=+\-@\t＝]/);
  });
});
