import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { TenantsAtWork } from './tenants-at-work.js';

describe('the tenants at work', () => {
  it('are several once jobs of two have run, and global work is as one of them', () => {
    const tenants = new TenantsAtWork();
    tenants.note('acme');
    tenants.note('acme');
    expect(tenants.several).toBe(false);
    tenants.note(null);
    expect(tenants.several).toBe(true);
  });

  it('are one again when nothing was run for the others for a while', async () => {
    const tenants = new TenantsAtWork(20);
    tenants.note('acme');
    tenants.note('other');
    await sleep(40);
    tenants.note('acme');
    expect(tenants.several).toBe(false);
  });
});
