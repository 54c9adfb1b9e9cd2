import type { Logger } from '#observability/logger.js';
import { failureOf } from './core-failure.js';

/** A line of the SDK or its core, with the names of fields that our own lines have. */
export interface SdkLine {
  message: string;
  fields: Record<string, unknown>;
}

export interface SdkLogOptions {
  /** Whose a workflow is. */
  tenantOf?: (workflowId: string) => string | undefined;
  /** Is shown every warning and error. */
  onLine?: (line: SdkLine) => void;
}

/** What says the same on every line, or nothing to a person. */
const LEFT_OUT = new Set([
  'namespace',
  'isLocal',
  'taskToken',
  'spanContexts',
  'target',
  'workflowExists',
  'failure',
]);

/**
 * The SDK's lines in our log: its warnings and errors, and what our own activities and workflows log by the SDK. What it and
 * its core log below that carries payloads.
 */
export function sdkLogger(logger: Logger, { tenantOf, onLine }: SdkLogOptions) {
  const log = (level: string, message: string, meta: object = {}) => {
    const { sdkComponent } = meta as { sdkComponent?: string };
    const isOurs = sdkComponent === 'workflow' || sdkComponent === 'activity';
    const isGrave = level === 'WARN' || level === 'ERROR';
    if (!isGrave && !isOurs) return;
    const fields = { ...fieldsOf(meta, tenantOf), ...failureIn(message, meta) };
    if (isGrave) onLine?.({ message, fields });
    logger[level.toLowerCase() as 'trace' | 'debug' | 'info' | 'warn' | 'error'](fields, message);
  };
  const at = (level: string) => (message: string, meta?: object) => log(level, message, meta);
  return {
    log,
    ...{ trace: at('TRACE'), debug: at('DEBUG'), info: at('INFO'), warn: at('WARN'), error: at('ERROR') },
  };
}

function fieldsOf(meta: object, tenantOf: SdkLogOptions['tenantOf']): Record<string, unknown> {
  const kept = Object.entries(meta)
    .filter(([name]) => !LEFT_OUT.has(name))
    .map(([name, value]): [string, unknown] => [camelCase(name), value]);
  const fields = Object.fromEntries(kept);
  const tenant = typeof fields.workflowId === 'string' ? tenantOf?.(fields.workflowId) : undefined;
  return tenant === undefined ? fields : { tenant, ...fields };
}

function failureIn(message: string, meta: object): { err?: Error } {
  const { failure } = meta as { failure?: unknown };
  return typeof failure === 'string' ? { err: failureOf(message, failure) } : {};
}

// Core says `run_id`, the SDK `runId`.
function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
