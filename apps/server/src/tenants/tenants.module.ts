import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysService } from './api-keys.service.js';
import { KeyRing } from './key-ring.js';
import { PendingTimers } from './pending-timers.js';
import { Quotas } from './quotas.js';
import { TenantsController } from './tenants.controller.js';
import { TenantsService } from './tenants.service.js';
import { TENANTS_SETTINGS } from './tenants.settings.js';
import type { TenantsSettings } from './tenants.settings.js';

/** Who asks, what they may do, and how much of it. For every other module of the server. */
@Module({})
export class TenantsModule {
  static register(settings: TenantsSettings): DynamicModule {
    return {
      module: TenantsModule,
      global: true,
      controllers: [TenantsController, ApiKeysController],
      providers: [
        { provide: TENANTS_SETTINGS, useValue: settings },
        ...[TenantsService, ApiKeysService, KeyRing, PendingTimers, Quotas],
      ],
      exports: [TENANTS_SETTINGS, KeyRing, Quotas],
    };
  }
}
