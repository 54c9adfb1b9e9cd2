import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { addLogFields } from '#observability/log-context.js';
import { KeyRing } from '../tenants/key-ring.js';
import type { Scope } from '../tenants/scopes.js';
import { ONLY_TENANT } from '../tenants/tenant.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { TENANTS_SETTINGS } from '../tenants/tenants.settings.js';
import type { TenantsSettings } from '../tenants/tenants.settings.js';
import { ACCESS } from './access.js';
import type { Access, TenantRequest } from './access.js';
import { FailedLogins, tooManyFailedLogins } from './failed-logins.js';
import { ProblemException } from './problem.exception.js';
import { requireScope } from './require-scope.js';

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** Asks who calls, and says to the route whose request it is. A route that does not say who may use it is for nobody. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly failedTenants: FailedLogins;
  private readonly failedOperators: FailedLogins;

  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KeyRing,
    @Inject(TENANTS_SETTINGS) private readonly settings: TenantsSettings,
  ) {
    this.failedTenants = new FailedLogins(settings.failedLoginsPerMinute);
    this.failedOperators = new FailedLogins(settings.failedLoginsPerMinute);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const places = [context.getHandler(), context.getClass()];
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, places);
    const request = context.switchToHttp().getRequest<TenantRequest>();
    if (!access) throw new Error(`${context.getClass().name} has a route that does not say who may use it`);
    if (access === 'operator') this.admitOperator(request);
    else if (access !== 'everybody') {
      request.tenant = await this.tenantOf(request, access);
      addLogFields({ tenant: request.tenant.id });
      request.isStillAllowed = () => this.isAllowed(request, access);
    }
    return true;
  }

  private admitOperator(request: TenantRequest): void {
    const { adminToken } = this.settings;
    if (!adminToken) {
      throw new ProblemException(404, 'not-found', 'There are no admin routes here: ADMIN_TOKEN is not set.');
    }
    const token = tokenOf(request);
    // Whose token is right is never shut out by the wrong ones of others who come from the same address.
    if (token !== undefined && isEqual(token, adminToken)) return;
    if (token !== undefined) {
      const waitSeconds = this.failedOperators.waitSeconds(request.ip);
      if (waitSeconds > 0) throw tooManyFailedLogins(waitSeconds);
      this.failedOperators.note(request.ip);
    }
    throw unauthorized('The admin token is needed, as in: Authorization: Bearer …');
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
    const holder = token === undefined ? undefined : await this.holderOf(token, request.ip);
    if (holder === undefined || holder === 'retired') {
      throw unauthorized('A valid API key is needed, as in: Authorization: Bearer tk_…');
    }
    requireScope(holder, scope);
    return holder;
  }

  // Whose key this server knows is heard all the same: nobody shuts out others who come from the same address.
  private async holderOf(token: string, address: string): ReturnType<KeyRing['holder']> {
    const waitSeconds = this.failedTenants.waitSeconds(address);
    if (waitSeconds > 0 && !this.keys.knows(token)) throw tooManyFailedLogins(waitSeconds);
    const holder = await this.keys.holder(token);
    // A key that has retired is no guess: who goes on with it is no harm to others.
    if (!holder) this.failedTenants.note(address);
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
