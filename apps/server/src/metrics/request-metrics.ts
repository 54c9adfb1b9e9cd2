import type { FastifyInstance } from 'fastify';
import type { Metrics } from '#observability/metrics.js';

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Of a path that no route has: it could be anything. */
const NO_ROUTE = 'none';

/** Measures every request by its route, as it is written in the API's description, not by its path. */
export function measureRequests(fastify: FastifyInstance, metrics: Metrics): void {
  const labels = ['method', 'route', 'status'] as const;
  const durations = metrics.histogram({
    ...{ name: 'http_request_duration_seconds', help: 'Time from a request to the end of its answer' },
    ...{ labels: [...labels], bucketsSeconds: BUCKETS_SECONDS },
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { routeOptions, method } = request;
    const route = routeOptions.url ?? NO_ROUTE;
    durations.observe({ method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
    done();
  });
}
