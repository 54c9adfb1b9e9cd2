import { randomBytes } from 'node:crypto';
import type { Test } from 'supertest';
import type { App } from './app.js';
import type { System } from './system.js';

export interface ApiKeyBody {
  id: string;
  /** Only where it was just made. */
  key: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
}

/** What a System is to be started with for tenants and API keys. */
export function withApiKeys(adminToken: string, env: Record<string, string> = {}) {
  return { database: true, env: { API_KEYS: 'on', ADMIN_TOKEN: adminToken, ...env } };
}

export function newAdminToken(): string {
  return randomBytes(24).toString('hex');
}

/** An operator's requests. */
export class Operator {
  constructor(
    private readonly system: System,
    private readonly adminToken: string,
  ) {}

  request(
    method: 'get' | 'post' | 'put' | 'patch' | 'delete',
    path: string,
    body?: object,
    server: App = this.system.server,
  ): Test {
    const request = this.system.api(server)[method](path).auth(this.adminToken, { type: 'bearer' });
    return body ? request.send(body) : request;
  }

  async tenant(id: string, quotas: object = {}): Promise<void> {
    await this.request('post', '/tenants', { id, name: id, ...quotas }).expect(201);
  }

  async key(
    tenant: string,
    scopes = ['timers:read', 'timers:write'],
    more: object = {},
  ): Promise<ApiKeyBody> {
    const body = { name: 'test', scopes, ...more };
    const response = await this.request('post', `/tenants/${tenant}/api-keys`, body).expect(201);
    return response.body as ApiKeyBody;
  }
}
