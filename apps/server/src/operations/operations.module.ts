import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { BulkChangesController } from './bulk-changes.controller.js';
import { OperationsController } from './operations.controller.js';
import { OperationsService } from './operations.service.js';

@Module({})
export class OperationsModule {
  /** Operations change timers, and run where these do. */
  static register(timers: DynamicModule): DynamicModule {
    return {
      module: OperationsModule,
      imports: [timers],
      controllers: [BulkChangesController, OperationsController],
      providers: [OperationsService],
    };
  }
}
