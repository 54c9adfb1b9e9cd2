import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '#contracts/search-attributes.js';
import { Logger } from '#observability/logger.js';
import { prepareNamespace } from '#temporal/namespace.js';

export const NAMESPACE_SETTINGS = Symbol('NAMESPACE_SETTINGS');

export interface NamespaceSettings {
  prepare: boolean;
  retentionDays: number;
}

/** Sets the namespace up in the background: the server is there, and says 503, while the engine is not. */
@Injectable()
export class NamespaceSetup implements OnApplicationBootstrap {
  constructor(
    private readonly logger: Logger,
    @Inject(Client) private readonly client: Client,
    @Inject(NAMESPACE_SETTINGS) private readonly settings: NamespaceSettings,
  ) {}

  onApplicationBootstrap(): void {
    prepareNamespace(
      this.client,
      { ...this.settings, searchAttributes: SEARCH_ATTRIBUTES },
      this.logger,
    ).catch((error: unknown) => {
      this.logger.error({ err: error }, 'The namespace cannot be used, so this process ends');
      process.exitCode = 1;
      process.kill(process.pid, 'SIGTERM');
    });
  }
}
