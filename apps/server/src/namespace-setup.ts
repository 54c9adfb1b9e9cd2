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
  private done = false;

  constructor(
    private readonly logger: Logger,
    @Inject(Client) private readonly client: Client,
    @Inject(NAMESPACE_SETTINGS) private readonly settings: NamespaceSettings,
  ) {}

  /** The namespace is as we need it. */
  get prepared(): boolean {
    return this.done;
  }

  onApplicationBootstrap(): void {
    this.prepare().catch((error: unknown) => {
      this.logger.error({ err: error }, 'The namespace cannot be used, so this process ends');
      process.exitCode = 1;
      process.kill(process.pid, 'SIGTERM');
    });
  }

  private async prepare(): Promise<void> {
    const settings = { ...this.settings, searchAttributes: SEARCH_ATTRIBUTES };
    await prepareNamespace(this.client, settings, this.logger);
    this.done = true;
  }
}
