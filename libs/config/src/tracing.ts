import type { Env } from './env.js';

/** Where traces go and which are kept; undefined: nothing is traced. `process` is the name of the process. */
export function readTracing(env: Env, process: 'server' | 'worker', version: string) {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER } = env;
  if (!endpoint) return undefined;
  return {
    endpoint,
    headers: env.OTEL_EXPORTER_OTLP_HEADERS,
    service: OTEL_SERVICE_NAME || `timekeeper-${process}`,
    version,
    sampler: OTEL_TRACES_SAMPLER,
    share: env.OTEL_TRACES_SAMPLER_ARG,
  };
}
