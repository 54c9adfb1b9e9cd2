/** What a tenant may be called. */
export const TENANT_ID = /^[a-z0-9][a-z0-9-]{0,31}$/;
