import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { TestDeliveryService } from './test-delivery.service.js';
import { WebhookEndpointsController } from './webhook-endpoints.controller.js';
import { WebhookEndpointsService } from './webhook-endpoints.service.js';

@Module({})
export class WebhookEndpointsModule {
  /** `timers`: what starts timers. */
  static register(timers: DynamicModule): DynamicModule {
    return {
      module: WebhookEndpointsModule,
      imports: [timers],
      controllers: [WebhookEndpointsController],
      providers: [WebhookEndpointsService, TestDeliveryService],
    };
  }
}
