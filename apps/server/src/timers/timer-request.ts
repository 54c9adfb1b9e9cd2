import type { FlowControl, WebhookRequest } from '#contracts/delivery.js';
import { hostOf } from '#contracts/timer-line.js';
import type { Timer } from '#contracts/timers.js';
import { webhookUrlProblem } from '#contracts/webhook-url.js';
import type { FieldError } from '../http/problem.dto.js';
import { invalid } from '../http/problem.exception.js';
import type { DeliveryDto, FlowDto } from './delivery.dto.js';
import { formatDuration, InvalidDuration, parseDuration } from './duration.js';
import { labelsProblem } from './labels.js';
import { byLowerCaseName, headersProblem } from './request-headers.js';
import { retryDelays, retryProblem } from './retry-plan.js';

const JSON_TYPE = 'application/json';
const BYTES_TYPE = 'application/octet-stream';
const DEFAULT_PERIOD = 'PT1S';
const MIN_PERIOD_MS = 1_000;
const MAX_PERIOD_MS = 7 * 86_400_000;

/** What a client can say about a delivery, as far as it has said it. */
export type DeliveryWish = DeliveryDto & { url?: string };

/** What a timer has of it. */
export type DeliveryFields = Partial<Omit<Timer, 'id' | 'dueMs' | 'expiresMs' | 'scheduleId' | 'noticeOf'>>;

interface Given {
  /** The retry plan that a timer has if nothing else is asked for. */
  defaultDelaysMs: readonly number[];
  /** The request that is changed. */
  current?: Partial<WebhookRequest>;
}

/**
 * The fields of a timer that a client's wish sets; only those. One that is there and undefined is to be taken away from
 * what is changed. Throws a problem that names every field which is not as it must be.
 */
export function deliveryFields(wish: DeliveryWish, { defaultDelaysMs, current = {} }: Given): DeliveryFields {
  const errors = problems(wish, current);
  if (errors.length > 0) throw invalid(errors);
  const { url, method, timeout_seconds, retry, labels, success_statuses, on_success, on_failure, flow } =
    wish;
  return {
    ...(url !== undefined && { url, host: hostIfWrittenOtherwise(url) }),
    ...(method && { method }),
    ...headersAndBody(wish, current),
    ...(timeout_seconds !== undefined && { timeoutMs: timeout_seconds * 1000 }),
    ...(retry && { retryDelaysMs: retryDelays(retry, defaultDelaysMs) }),
    ...(success_statuses && { successStatuses: success_statuses }),
    ...(labels && { labels }),
    ...(on_success !== undefined && { onSuccess: on_success }),
    ...(on_failure !== undefined && { onFailure: on_failure }),
    ...(flow && { flow: flowControl(flow) }),
  };
}

function hostIfWrittenOtherwise(url: string): string | undefined {
  const { host } = new URL(url);
  return host === hostOf(url) ? undefined : host;
}

function problems(wish: DeliveryWish, current: Partial<WebhookRequest>): FieldError[] {
  const { url, headers, labels, retry, on_success, on_failure, flow } = wish;
  const found: Record<string, string | undefined> = {
    url: url === undefined ? undefined : webhookUrlProblem(url),
    headers: headers && headersProblem(headers),
    ...bodyProblem(wish, current),
    labels: labels && labelsProblem(labels),
    retry: retry && retryProblem(retry),
    on_success: on_success === undefined ? undefined : webhookUrlProblem(on_success),
    on_failure: on_failure === undefined ? undefined : webhookUrlProblem(on_failure),
    flow: flow && flowProblem(flow),
  };
  return Object.entries(found).flatMap(([field, message]) =>
    message === undefined ? [] : { field, message },
  );
}

function bodyProblem(wish: DeliveryWish, current: Partial<WebhookRequest>): Record<string, string> {
  const { body, body_base64, content_type, headers } = wish;
  const hasBody = body !== undefined || body_base64 !== undefined || current.body !== undefined;
  if (body !== undefined && body_base64 !== undefined) {
    return { 'body and body_base64': 'are two bodies; only one is possible' };
  }
  if (hasBody && (wish.method ?? current.method) === 'GET') {
    return { [body_base64 === undefined ? 'body' : 'body_base64']: 'is not possible with the method GET' };
  }
  if (content_type === undefined) return {};
  if (!hasBody) return { content_type: 'is only possible with a body' };
  const inHeaders = Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'content-type');
  return inHeaders ? { content_type: 'is in the headers too; only one is possible' } : {};
}

function headersAndBody(wish: DeliveryWish, current: Partial<WebhookRequest>): Partial<WebhookRequest> {
  const { body, body_base64, headers, content_type } = wish;
  const isText = body !== undefined;
  const isNew = isText || body_base64 !== undefined;
  if (!headers && !content_type && !isNew) return {};
  const given = headers && byLowerCaseName(headers);
  const ofNewBody = isText ? JSON_TYPE : isNew ? BYTES_TYPE : undefined;
  const ofBody = isNew
    ? ofNewBody
    : current.body !== undefined
      ? current.headers?.['content-type']
      : undefined;
  const contentType = content_type ?? given?.['content-type'] ?? ofBody;
  const all = { ...(given ?? current.headers), ...(contentType && { 'content-type': contentType }) };
  return {
    headers: Object.keys(all).length > 0 ? all : undefined,
    ...(isText && { body: JSON.stringify(body), bodyEncoding: undefined }),
    ...(body_base64 !== undefined && { body: body_base64, bodyEncoding: 'base64' }),
  };
}

/** Why these are no limits; undefined if they are. */
export function flowProblem({ rate, period, parallelism }: FlowDto): string | undefined {
  if (rate === undefined && parallelism === undefined) return 'must have a rate, a parallelism or both';
  if (rate === undefined && period !== undefined) return 'must have a rate where it has a period';
  try {
    const periodMs = parseDuration(period ?? DEFAULT_PERIOD);
    if (periodMs >= MIN_PERIOD_MS && periodMs <= MAX_PERIOD_MS) return undefined;
    return `must have a period from 1 s to 1 week, has ${formatDuration(periodMs)}`;
  } catch (error) {
    if (error instanceof InvalidDuration) return `must have a period that is a duration: it ${error.message}`;
    throw error;
  }
}

/** What stands in a request for limits, as workers know it. */
export function flowControl({ key, rate, period = DEFAULT_PERIOD, parallelism }: FlowDto): FlowControl {
  return {
    key,
    ...(rate !== undefined && { rate, periodMs: parseDuration(period) }),
    ...(parallelism !== undefined && { parallelism }),
  };
}
