import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { BookingChangesService } from './booking-changes.service.js';
import { BookingList } from './booking-list.js';
import { BookingReader } from './booking-reader.js';
import { BookingStart } from './booking-start.js';
import { BookingsController } from './bookings.controller.js';
import { BookingsService } from './bookings.service.js';
import { BOOKINGS_SETTINGS } from './bookings.settings.js';
import type { BookingsSettings } from './bookings.settings.js';

@Module({})
export class BookingsModule {
  static register(settings: BookingsSettings): DynamicModule {
    return {
      module: BookingsModule,
      controllers: [BookingsController],
      providers: [
        { provide: BOOKINGS_SETTINGS, useValue: settings },
        ...[BookingReader, BookingList, BookingStart, BookingsService, BookingChangesService],
      ],
    };
  }
}
