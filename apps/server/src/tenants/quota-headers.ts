import { applyDecorators, Injectable, UseInterceptors } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { tap } from 'rxjs';
import type { Observable } from 'rxjs';
import type { TenantRequest } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { Quotas } from './quotas.js';

const TEXT = { type: 'string' } as const;

/** Where a tenant has quotas: on every answer of routes that create, whatever it is. */
export const QUOTA_HEADERS = {
  'ratelimit-policy': {
    description: 'The tenant\'s limits, where it has any: `"creates";q=100;w=1`',
    schema: TEXT,
  },
  ratelimit: { description: 'What is left of them: `"creates";r=42;t=1`', schema: TEXT },
} as const;

/** For routes that create timers: they say what is left of the tenant's quotas. */
export function CountsAgainstQuotas(): MethodDecorator {
  return applyDecorators(
    UseInterceptors(QuotaHeaders),
    ApiProblems({
      429: {
        description: 'A quota of the tenant is used up. Try again after `Retry-After`. Nothing was stored.',
        kind: 'quota-exceeded',
        title: 'Too Many Requests',
        detail: 'The tenant may create 100 timers per second.',
        instance: '/timers',
        headers: {
          ...QUOTA_HEADERS,
          'retry-after': { description: 'Seconds to wait', schema: { type: 'integer' } },
        },
      },
    }),
  );
}

@Injectable()
export class QuotaHeaders implements NestInterceptor {
  constructor(private readonly quotas: Quotas) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const { tenant } = http.getRequest<TenantRequest>();
    const tell = () => {
      if (tenant) void http.getResponse<FastifyReply>().headers(this.quotas.headers(tenant));
    };
    return next.handle().pipe(tap({ next: tell, error: tell }));
  }
}
