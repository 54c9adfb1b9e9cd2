/** So many overdue requests begin before whatever else is due gets its turn. */
const OVERDUE_AT_A_TIME = 4;

export interface SlotLimits {
  /** Requests under way at a time, in all. */
  perWorker: number;
  /** Requests of a tenant under way at a time to one destination; asked anew for each. */
  perDestination: (tenant: string, destination: string) => number;
  /** Of all places, the part that a tenant may hold while it is alone: above 0, at most 1. */
  tenantShare: number;
}

export interface SlotRequest {
  tenant: string;
  destination: string;
  overdue: boolean;
}

/** What one destination of a tenant holds and waits for. */
interface Line {
  active: number;
  overdue: number;
  punctualWaiting: (() => void)[];
  overdueWaiting: (() => void)[];
  /** Of those it is the turn of the one that came last. */
  lastIsNext: boolean;
}

interface Tenant {
  active: number;
  overdue: number;
  waiting: number;
  lines: Map<string, Line>;
}

/**
 * How many requests may be under way. A place that is taken is not given back before the destination has answered, so
 * places for others must be left while there are some: a tenant may hold as many as are free, times a factor. So one
 * tenant alone gets its share, several greedy ones equal parts of what they can get together, and there is always
 * something left for one that comes anew. What waits here is late, so what is still punctual goes first, and what is
 * overdue anyway may hold no more than half of what its tenant and its destination may. Of that, who came first and who
 * came last take turns: what is late by little need not wait for a backlog, nor a backlog for what comes later. A free place goes to the tenant
 * that holds the fewest, and destinations of a tenant take turns.
 */
export class Slots {
  private readonly tenants = new Map<string, Tenant>();
  private active = 0;
  private readonly beginning: (() => void)[] = [];

  constructor(private readonly limits: SlotLimits) {}

  get underWay(): number {
    return this.active;
  }

  get waiting(): number {
    return [...this.tenants.values()].reduce((sum, { waiting }) => sum + waiting, 0);
  }

  /** Resolves when the request may begin, with the function that gives the place back. */
  async acquire(request: SlotRequest): Promise<() => void> {
    const tenant = this.tenantOf(request.tenant);
    const line = lineOf(tenant, request.destination);
    if (this.mayTake(request, tenant, line)) this.take(request, tenant, line);
    else await this.wait(request, tenant, line);
    if (request.overdue) await this.turn();
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.give(request, tenant, line);
    };
  }

  private wait({ overdue }: SlotRequest, tenant: Tenant, line: Line): Promise<void> {
    tenant.waiting += 1;
    return new Promise((resolve) => (overdue ? line.overdueWaiting : line.punctualWaiting).push(resolve));
  }

  // When a destination that was slow answers hundreds at once, as many others may begin: a few in each turn of the event
  // loop, so that a timer that is due in this very moment need not wait for all of them.
  private turn(): Promise<void> {
    return new Promise((resolve) => {
      this.beginning.push(resolve);
      if (this.beginning.length === 1) setImmediate(() => this.beginSome());
    });
  }

  private beginSome(): void {
    for (const begin of this.beginning.splice(0, OVERDUE_AT_A_TIME)) begin();
    if (this.beginning.length > 0) setImmediate(() => this.beginSome());
  }

  private mayTake(request: SlotRequest, tenant: Tenant, line: Line): boolean {
    const { destination, overdue } = request;
    const perDestination = this.limits.perDestination(request.tenant, destination);
    if (!this.mayHoldMore(tenant, overdue) || line.active >= perDestination) return false;
    return !overdue || line.overdue < perDestination / 2;
  }

  private mayHoldMore(tenant: Tenant, overdue: boolean): boolean {
    const { perWorker, tenantShare } = this.limits;
    const free = perWorker - this.active;
    if (free <= 0) return false;
    if (tenantShare >= 1) return !overdue || tenant.overdue < perWorker / 2;
    const most = (free * tenantShare) / (1 - tenantShare);
    return tenant.active < most && (!overdue || tenant.overdue < most / 2);
  }

  private take({ overdue }: SlotRequest, tenant: Tenant, line: Line): void {
    this.active += 1;
    for (const holder of [tenant, line]) {
      holder.active += 1;
      if (overdue) holder.overdue += 1;
    }
  }

  private give(request: SlotRequest, tenant: Tenant, line: Line): void {
    this.active -= 1;
    for (const holder of [tenant, line]) {
      holder.active -= 1;
      if (request.overdue) holder.overdue -= 1;
    }
    if (isEmpty(line)) tenant.lines.delete(request.destination);
    if (tenant.lines.size === 0) this.tenants.delete(request.tenant);
    while (this.startNext());
  }

  /** Gives a place to one that waits, if any may have it. */
  private startNext(): boolean {
    const waiting = [...this.tenants].filter(([, tenant]) => tenant.waiting > 0);
    // The sort is stable: among tenants that hold as many, the one that was served longest ago comes first.
    waiting.sort(([, a], [, b]) => a.active - b.active);
    return waiting.some(
      ([name, tenant]) => this.startOneOf(name, tenant, false) || this.startOneOf(name, tenant, true),
    );
  }

  private startOneOf(name: string, tenant: Tenant, overdue: boolean): boolean {
    if (!this.mayHoldMore(tenant, overdue)) return false;
    for (const [destination, line] of tenant.lines) {
      const waiting = overdue ? line.overdueWaiting : line.punctualWaiting;
      const request = { tenant: name, destination, overdue };
      if (waiting.length === 0 || !this.mayTake(request, tenant, line)) continue;
      tenant.waiting -= 1;
      this.take(request, tenant, line);
      moveToEnd(tenant.lines, destination, line);
      moveToEnd(this.tenants, name, tenant);
      takeNext(waiting, line, overdue)?.();
      return true;
    }
    return false;
  }

  private tenantOf(name: string): Tenant {
    let tenant = this.tenants.get(name);
    if (!tenant) this.tenants.set(name, (tenant = { active: 0, overdue: 0, waiting: 0, lines: new Map() }));
    return tenant;
  }
}

function lineOf({ lines }: Tenant, destination: string): Line {
  let line = lines.get(destination);
  if (!line) {
    lines.set(
      destination,
      (line = { active: 0, overdue: 0, punctualWaiting: [], overdueWaiting: [], lastIsNext: false }),
    );
  }
  return line;
}

function takeNext(waiting: (() => void)[], line: Line, overdue: boolean): (() => void) | undefined {
  if (!overdue) return waiting.shift();
  const next = line.lastIsNext ? waiting.pop() : waiting.shift();
  line.lastIsNext = !line.lastIsNext;
  return next;
}

function isEmpty({ active, punctualWaiting, overdueWaiting }: Line): boolean {
  return active === 0 && punctualWaiting.length + overdueWaiting.length === 0;
}

function moveToEnd<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
}
