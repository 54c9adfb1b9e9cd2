import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { applyDecorators, createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { takesBody, TakesBodies, unsupportedType } from './body-types.js';
import { csvRecords } from './csv.js';
import { ndjsonRecords } from './ndjson.js';
import { ProblemException } from './problem.exception.js';
import { MAX_RECORD_LENGTH } from './record-line.js';
import type { RecordLine } from './record-line.js';

/** A client that sends nothing for so long is not waited for. */
const IDLE_MS = 60_000;
/** What comes of a body after it was answered is thrown away, as most clients read the answer when all is sent: ... */
const LINGER_MS = 30_000;
/** ... for so long in all, and until nothing comes for so long. */
const LINGER_IDLE_MS = 5_000;

type Reader = (chunks: AsyncIterable<Buffer>) => AsyncIterable<RecordLine>;

const READERS: Record<string, Reader> = { 'application/x-ndjson': ndjsonRecords, 'text/csv': csvRecords };
const TYPES = Object.keys(READERS);

/** Bodies of these types go to their route as they come, whatever their length, and to other routes not at all. */
export function acceptRecordStreams(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(TYPES, (request, payload, done) => {
    if (TYPES.some((type) => takesBody(request, type))) done(null, payload);
    else done(unsupportedType(request));
  });
  const leftOver = new Set<IncomingMessage>();
  fastify.addHook('onResponse', ({ body, raw }, _reply, done) => {
    if (body instanceof Readable && !raw.complete) {
      leftOver.add(raw);
      throwAway(raw, () => leftOver.delete(raw));
    }
    done();
  });
  fastify.addHook('preClose', (done) => {
    for (const rest of leftOver) rest.socket.destroy();
    done();
  });
}

/** Else nobody would ever read the rest, and the connection would stay as long as the client does. */
function throwAway(rest: IncomingMessage, onEnd: () => void): void {
  const end = () => rest.socket.destroy();
  const alarms = [setTimeout(end, LINGER_MS), setTimeout(end, LINGER_IDLE_MS)];
  rest.on('data', () => alarms[1]?.refresh());
  rest.once('close', () => {
    for (const alarm of alarms) clearTimeout(alarm);
    onEnd();
  });
  rest.on('error', () => undefined);
  // Whoever has read until now still waits for more.
  rest.removeAllListeners('readable');
  rest.resume();
}

/** The route takes NDJSON and CSV of any length; `example` is some of the latter. */
export function TakesRecords(example: { ndjson: string; csv: string }): MethodDecorator {
  const description =
    'NDJSON: one JSON object in each line. CSV (RFC 4180): the first row names the columns. UTF-8, any number of lines ' +
    `of at most ${MAX_RECORD_LENGTH} bytes.`;
  return applyDecorators(
    TakesBodies(...TYPES),
    ApiConsumes(...TYPES),
    ApiBody({
      ...{ description, required: true },
      schema: { type: 'string' },
      examples: { ndjson: { value: example.ndjson }, csv: { value: example.csv } },
    }),
  );
}

/** The records of the body, one after the other as they come: a `RecordStream`. */
export const Records = createParamDecorator((_: unknown, context: ExecutionContext) =>
  recordsOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/**
 * A body that is read once, in the same memory whatever its length. What can not be read any further is a problem: 400 that
 * names the line, 408 where nothing comes any more. A line that is wrong by itself comes with its problem, and the next one
 * follows.
 */
export class RecordStream implements AsyncIterable<RecordLine> {
  private readonly hash = createHash('sha256');
  private readonly chunks: AsyncIterable<Buffer>;
  private digested?: Promise<Buffer>;

  constructor(
    body: AsyncIterable<Buffer>,
    private readonly read: Reader,
  ) {
    this.chunks = this.hashed(body);
  }

  [Symbol.asyncIterator](): AsyncIterator<RecordLine> {
    return this.read(this.chunks)[Symbol.asyncIterator]();
  }

  /** SHA-256 of the whole body. If its records were not read, it is read to its end and thrown away. */
  digest(): Promise<Buffer> {
    return (this.digested ??= this.readToEnd());
  }

  private async readToEnd(): Promise<Buffer> {
    // It is hashed as it goes by.
    for await (const _chunk of this.chunks);
    return this.hash.digest();
  }

  private async *hashed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.hash.update(chunk);
      yield chunk;
    }
  }
}

function recordsOf(request: FastifyRequest): RecordStream {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  const read = READERS[type.trim().toLowerCase()];
  if (!read) throw unsupportedType(request);
  return new RecordStream(chunksOf(request.body as Readable), read);
}

async function* chunksOf(body: Readable): AsyncGenerator<Buffer> {
  // The connection stays: whoever stops reading wants to answer.
  const chunks = body.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  try {
    for (;;) {
      const { done, value } = await nextInTime(chunks);
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (error instanceof ProblemException) throw error;
    throw new ProblemException(400, 'malformed-body', 'The connection ended before the body did.');
  }
}

async function nextInTime(
  chunks: AsyncIterator<Buffer, undefined>,
): Promise<IteratorResult<Buffer, undefined>> {
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooSlow()), IDLE_MS);
  });
  try {
    return await Promise.race([chunks.next(), idle]);
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(): ProblemException {
  const detail = `Nothing came for ${IDLE_MS / 1000} s, and the body has not ended.`;
  return new ProblemException(408, 'http', detail, { headers: { connection: 'close' } });
}
