import { applyDecorators, createParamDecorator, SetMetadata } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Scope } from '../tenants/scopes.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { ApiProblems } from './api-problem.js';
import type { ProblemExample } from './api-problem.js';

/** Who may use a route: everybody, the operator, or a tenant with this scope. Every route has one of them. */
export type Access = 'everybody' | 'operator' | Scope;

export const ACCESS = Symbol('ACCESS');

/** The guard's word on whose request it is. */
export interface TenantRequest extends FastifyRequest {
  tenant?: RequestTenant;
  /** Asks again. */
  isStillAllowed?: () => Promise<boolean>;
}

const WWW_AUTHENTICATE = {
  'www-authenticate': { description: 'Bearer', schema: { type: 'string' } },
} as const;

const NO_KEY: ProblemExample = {
  description: 'API keys are on, and the request has none that may be used now.',
  kind: 'unauthorized',
  title: 'Unauthorized',
  detail: 'A valid API key is needed, as in: Authorization: Bearer tk_…',
  instance: '/',
  headers: WWW_AUTHENTICATE,
};

const TOO_MANY_WRONG: ProblemExample = {
  description:
    'Too many wrong keys came from this address (`too-many-failed-logins`). Try again after `Retry-After`.',
  kind: 'too-many-failed-logins',
  title: 'Too Many Requests',
  detail: 'Too many wrong keys came from this address. Try again in 3 s.',
  instance: '/',
  headers: { 'retry-after': { description: 'Seconds to wait', schema: { type: 'integer' } } },
};

const WRONG_SCOPE: ProblemExample = {
  description: 'The API key does not have the scope that the route needs.',
  kind: 'insufficient-scope',
  title: 'Forbidden',
  detail: 'The API key needs the scope timers:write.',
  instance: '/',
  headers: WWW_AUTHENTICATE,
};

const NO_TOKEN: ProblemExample = {
  ...NO_KEY,
  description: 'The request does not have the admin token.',
  detail: 'The admin token is needed, as in: Authorization: Bearer …',
  instance: '/tenants',
};

/** For requests without a key, and with one. */
export function OpenToAll(): ClassDecorator & MethodDecorator {
  return SetMetadata(ACCESS, 'everybody' satisfies Access);
}

/** With `ADMIN_TOKEN` only. */
export function OperatorOnly(): ClassDecorator & MethodDecorator {
  return applyDecorators(
    SetMetadata(ACCESS, 'operator' satisfies Access),
    ApiBearerAuth('admin-token'),
    ApiProblems({ 401: NO_TOKEN, 429: { ...TOO_MANY_WRONG, instance: '/tenants' } }),
  );
}

/** Where API keys are on, with one that has this scope only. */
export function Scopes(scope: Scope): MethodDecorator {
  return applyDecorators(
    SetMetadata(ACCESS, scope satisfies Access),
    // Without a key where they are off.
    ApiSecurity({}),
    ApiBearerAuth('api-key'),
    ApiProblems({
      401: NO_KEY,
      403: { ...WRONG_SCOPE, detail: `The API key needs the scope ${scope}.` },
      429: TOO_MANY_WRONG,
    }),
  );
}

/** The tenant that the request belongs to: a `RequestTenant`. */
export const Tenant = createParamDecorator((_: unknown, context: ExecutionContext): RequestTenant => {
  const { tenant } = context.switchToHttp().getRequest<TenantRequest>();
  if (!tenant) throw new Error('the route belongs to no tenant: it needs Scopes()');
  return tenant;
});

/** For answers without an end: asks whether the request might be made now. A `() => Promise<boolean>`. */
export const StillAllowed = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { isStillAllowed } = context.switchToHttp().getRequest<TenantRequest>();
  if (!isStillAllowed) throw new Error('the route belongs to no tenant: it needs Scopes()');
  return isStillAllowed;
});
