import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { KeyRing } from '../tenants/key-ring.js';
import type { Scope } from '../tenants/scopes.js';
import { ONLY_TENANT } from '../tenants/tenant.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { TENANTS_SETTINGS } from '../tenants/tenants.settings.js';
import type { TenantsSettings } from '../tenants/tenants.settings.js';
import { ACCESS } from './access.js';
import type { Access, TenantRequest } from './access.js';
import { ProblemException } from './problem.exception.js';
import { requireScope } from './require-scope.js';

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** Asks who calls, and says to the route whose request it is. A route that does not say who may use it is for nobody. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KeyRing,
    @Inject(TENANTS_SETTINGS) private readonly settings: TenantsSettings,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const places = [context.getHandler(), context.getClass()];
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, places);
    const request = context.switchToHttp().getRequest<TenantRequest>();
    if (!access) throw new Error(`${context.getClass().name} has a route that does not say who may use it`);
    if (access === 'operator') this.admitOperator(request);
    else if (access !== 'everybody') {
      request.tenant = await this.tenantOf(request, access);
      request.isStillAllowed = () => this.isAllowed(request, access);
    }
    return true;
  }

  private admitOperator(request: TenantRequest): void {
    const { adminToken } = this.settings;
    if (!adminToken) {
      throw new ProblemException(404, 'not-found', 'There are no admin routes here: ADMIN_TOKEN is not set.');
    }
    if (!isEqual(tokenOf(request) ?? '', adminToken)) {
      throw unauthorized('The admin token is needed, as in: Authorization: Bearer …');
    }
  }

  private async isAllowed(request: TenantRequest, scope: Scope): Promise<boolean> {
    try {
      await this.tenantOf(request, scope);
      return true;
    } catch {
      return false;
    }
  }

  private async tenantOf(request: TenantRequest, scope: Scope): Promise<RequestTenant> {
    if (!this.settings.apiKeys) return ONLY_TENANT;
    const token = tokenOf(request);
    const holder = token === undefined ? undefined : await this.keys.holder(token);
    if (!holder) throw unauthorized('A valid API key is needed, as in: Authorization: Bearer tk_…');
    requireScope(holder, scope);
    return holder;
  }
}

function tokenOf({ headers }: TenantRequest): string | undefined {
  return BEARER.exec(headers.authorization ?? '')?.[1];
}

// Digests are of one length whatever was sent.
function isEqual(sent: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(sent), digest(token));
}

/** The same for every reason: which one it was is nobody's business. */
function unauthorized(detail: string): ProblemException {
  return new ProblemException(401, 'unauthorized', detail, { headers: { 'www-authenticate': 'Bearer' } });
}
