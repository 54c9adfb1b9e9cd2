import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { DestinationPolicy } from '#destinations/destination-policy.js';
import type { DestinationSettings } from '#destinations/destination-policy.js';
import { CourtesyLookup } from './courtesy-lookup.js';
import { DestinationCheck } from './destination-check.js';

@Module({})
export class DestinationsModule {
  static register(settings: DestinationSettings): DynamicModule {
    return {
      module: DestinationsModule,
      global: true,
      providers: [
        { provide: DestinationPolicy, useValue: new DestinationPolicy(settings) },
        { provide: CourtesyLookup, useValue: new CourtesyLookup() },
        DestinationCheck,
      ],
      exports: [DestinationCheck],
    };
  }
}
