import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { DestinationFlowsService } from './destination-flows.service.js';
import { DestinationReader } from './destination-reader.js';
import { DestinationsController } from './destinations.controller.js';
import { DestinationsService } from './destinations.service.js';
import { ProviderFlowsController } from './provider-flows.controller.js';
import { DESTINATIONS_SETTINGS } from './destinations.settings.js';
import type { DestinationsSettings } from './destinations.settings.js';

@Module({})
export class DestinationRoutesModule {
  static register(settings: DestinationsSettings): DynamicModule {
    return {
      module: DestinationRoutesModule,
      controllers: [DestinationsController, ProviderFlowsController],
      providers: [
        { provide: DESTINATIONS_SETTINGS, useValue: settings },
        DestinationReader,
        DestinationFlowsService,
        DestinationsService,
      ],
    };
  }
}
