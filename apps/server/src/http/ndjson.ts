import { isTooDeep } from './json-body.js';
import { ProblemException } from './problem.exception.js';
import { MAX_RECORD_LENGTH } from './record-line.js';
import type { RecordLine } from './record-line.js';

const NEWLINE = 0x0a;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The objects of NDJSON. Empty lines are none. */
export async function* ndjsonRecords(chunks: AsyncIterable<Buffer>): AsyncGenerator<RecordLine> {
  let number = 0;
  for await (const bytes of linesOf(chunks)) {
    number += 1;
    const line = readLine(bytes, number);
    if (line) yield line;
  }
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let [rest, number]: [Buffer, number] = [Buffer.alloc(0), 1];
  for await (const chunk of chunks) {
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
      yield checked(Buffer.concat([rest, chunk.subarray(begin, end)]), number++);
      [rest, begin] = [Buffer.alloc(0), end + 1];
    }
    rest = checked(Buffer.concat([rest, chunk.subarray(begin)]), number);
  }
  if (rest.length > 0) yield rest;
}

function checked(line: Buffer, number: number): Buffer {
  if (line.length <= MAX_RECORD_LENGTH) return line;
  const detail = `Line ${number} is longer than ${MAX_RECORD_LENGTH} bytes.`;
  throw new ProblemException(400, 'malformed-body', detail);
}

function readLine(bytes: Buffer, line: number): RecordLine | undefined {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { line, problem: 'is not valid UTF-8' };
  }
  if (text.trim() === '') return undefined;
  if (isTooDeep(text)) return { line, problem: 'is nested too deep' };
  try {
    const record: unknown = JSON.parse(text);
    if (typeof record === 'object' && record !== null && !Array.isArray(record))
      return { line, record: record as Record<string, unknown> };
    return { line, problem: 'must be a JSON object' };
  } catch {
    return { line, problem: 'is no valid JSON' };
  }
}
