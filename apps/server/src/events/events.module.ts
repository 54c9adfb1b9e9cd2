import { Module } from '@nestjs/common';
import { EventFeeds } from './event-feeds.js';
import { EventReader } from './event-reader.js';
import { EventsController } from './events.controller.js';
import { EventsService } from './events.service.js';

@Module({ controllers: [EventsController], providers: [EventReader, EventFeeds, EventsService] })
export class EventsModule {}
