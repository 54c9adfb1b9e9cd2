import type { FastifyInstance } from 'fastify';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

interface Route {
  method: string;
  pattern: RegExp;
  /** It has no parameters. */
  isNamed: boolean;
}

const routesOf = new WeakMap<FastifyInstance, Route[]>();

/** Keeps every route that is registered from now on, so that a wrong method can be told from a wrong path. */
export function recordRoutes(fastify: FastifyInstance): void {
  const routes: Route[] = [];
  routesOf.set(fastify, routes);
  fastify.addHook('onRoute', ({ method, url }) => {
    const pattern = new RegExp(`^${url.replace(/[.+?^$()|[\]\\]/g, '\\$&').replace(/:[^/]+/g, '[^/]+')}/?$`);
    const isNamed = !url.includes(':');
    for (const each of [method].flat()) routes.push({ method: each, pattern, isNamed });
  });
}

/** The methods that the path can be asked with. */
export function allowedMethods(fastify: FastifyInstance, path: string): string[] {
  const matching = (routesOf.get(fastify) ?? []).filter(({ pattern }) => pattern.test(path));
  // What is called by its own name is not the id of something.
  const named = matching.filter(({ isNamed }) => isNamed);
  const routes = named.length > 0 ? named : matching;
  return METHODS.filter((method) => routes.some((route) => route.method === method));
}
