import type { FastifyInstance } from 'fastify';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

const routesOf = new WeakMap<FastifyInstance, { method: string; pattern: RegExp }[]>();

/** Keeps every route that is registered from now on, so that a wrong method can be told from a wrong path. */
export function recordRoutes(fastify: FastifyInstance): void {
  const routes: { method: string; pattern: RegExp }[] = [];
  routesOf.set(fastify, routes);
  fastify.addHook('onRoute', ({ method, url }) => {
    const pattern = new RegExp(`^${url.replace(/[.+?^$()|[\]\\]/g, '\\$&').replace(/:[^/]+/g, '[^/]+')}/?$`);
    for (const each of [method].flat()) routes.push({ method: each, pattern });
  });
}

/** The methods that the path can be asked with. */
export function allowedMethods(fastify: FastifyInstance, path: string): string[] {
  const matching = (routesOf.get(fastify) ?? []).filter(({ pattern }) => pattern.test(path));
  return METHODS.filter((method) => matching.some((route) => route.method === method));
}
