import type { LoggerService } from '@nestjs/common';
import { pino } from 'pino';
import type { LoggerOptions as PinoOptions } from 'pino';
import { logFields } from './log-context.js';
import { redactFields, redactText } from './redaction.js';
import { traceFields } from './tracing.js';

export interface LoggerOptions {
  name: string;
  level: string;
  /** `auto`: pretty in a terminal, else JSON. */
  format: 'auto' | 'json' | 'pretty';
}

/** The log of one process. A class, so that Nest can inject it by type; see `createLogger`. */
export abstract class Logger {
  abstract debug(fields: object, message: string): void;
  abstract info(fields: object, message: string): void;
  abstract warn(fields: object, message: string): void;
  abstract error(fields: object, message: string): void;
  abstract trace(fields: object, message: string): void;
}

/** Every line has the fields of what it is logged on behalf of (`withLogFields`), and nothing that is to stay secret. */
export function createLogger({ name, level, format }: LoggerOptions): Logger {
  const pretty = format === 'pretty' || (format === 'auto' && process.stdout.isTTY);
  const options = { name, level, ...LINES };
  if (!pretty) return pino(options);
  return pino({ ...options, transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname' } } });
}

/** What all lines have in common. */
export const LINES: PinoOptions = {
  timestamp: pino.stdTimeFunctions.isoTime,
  mixin: () => ({ ...logFields(), ...traceFields() }),
  formatters: { log: redactFields },
  serializers: { err: errorFields, error: errorFields },
  hooks: {
    logMethod(args, method) {
      const redacted = args.map((each: unknown) => (typeof each === 'string' ? redactText(each) : each));
      method.apply(this, redacted as typeof args);
    },
  },
};

// What else hangs on an error may carry what was being worked on: an invalid url, the details of a failure.
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack, code } = pino.stdSerializers.err(error) as unknown as Record<string, string>;
  return { type, message: redactText(message ?? ''), stack: redactText(stack ?? ''), code };
}

/** Nest's own messages in our log. Its chatter at start is for those who debug. */
export function nestLogger(logger: Logger): LoggerService {
  const fields = (rest: unknown[]) => ({ context: rest.at(-1) });
  return {
    log: (message: unknown, ...rest: unknown[]) => logger.debug(fields(rest), String(message)),
    warn: (message: unknown, ...rest: unknown[]) => logger.warn(fields(rest), String(message)),
    error: (message: unknown, ...rest: unknown[]) =>
      logger.error({ ...fields(rest), detail: rest[0] }, String(message)),
    debug: (message: unknown, ...rest: unknown[]) => logger.debug(fields(rest), String(message)),
    verbose: (message: unknown, ...rest: unknown[]) => logger.trace(fields(rest), String(message)),
  };
}
