import { Module } from '@nestjs/common';
import { BulkChangesController } from './bulk-changes.controller.js';
import { OperationsController } from './operations.controller.js';
import { OperationsService } from './operations.service.js';

@Module({ controllers: [BulkChangesController, OperationsController], providers: [OperationsService] })
export class OperationsModule {}
