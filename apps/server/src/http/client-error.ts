import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { ProblemException } from './problem.exception.js';
import { problemBody } from './problem.filter.js';

/** As Node calls them; the rest is 400. */
const STATUS_OF_CODE: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

const DETAILS: Record<number, string> = {
  400: 'This is no HTTP request.',
  408: 'The request did not come in time.',
  431: 'The headers are over the limit of 16 KiB.',
};

/** What is no request reaches no route: the problem is written by hand, and the connection ends. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status = STATUS_OF_CODE[error.code ?? ''] ?? 400;
  const problem = problemBody(new ProblemException(status, 'http', DETAILS[status] ?? ''), '/');
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
