import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface MetricOptions<Label extends string> {
  /** Without the prefix that all of ours have. */
  name: string;
  help: string;
  /** Only what has few values: neither ids nor addresses, tenants or hosts. */
  labels?: Label[];
}

/** What one process counts and measures, for Prometheus. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly others: (() => Promise<string>)[] = [];

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    // Gauges that are named as only counters may be.
    for (const kind of ['handles', 'requests', 'resources'])
      this.registry.removeSingleMetric(`nodejs_active_${kind}_total`);
  }

  counter<Label extends string>(options: MetricOptions<Label>): Counter<Label> {
    return new Counter(this.configurationOf(options));
  }

  histogram<Label extends string>(
    options: MetricOptions<Label> & { bucketsSeconds: number[] },
  ): Histogram<Label> {
    return new Histogram({ ...this.configurationOf(options), buckets: options.bucketsSeconds });
  }

  /** `read` is asked whenever Prometheus asks. */
  gauge<Label extends string>(
    options: MetricOptions<Label>,
    read: (gauge: Gauge<Label>) => void | Promise<void>,
  ): Gauge<Label> {
    return new Gauge({
      ...this.configurationOf(options),
      collect() {
        return read(this);
      },
    });
  }

  /** Metrics of somebody else, as text, that are shown with ours. */
  include(read: () => Promise<string>): void {
    this.others.push(read);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** All of them in the text format of Prometheus. */
  async text(): Promise<string> {
    const others = this.others.map((read) => read().catch(() => ''));
    const texts = await Promise.all([this.registry.metrics(), ...others]);
    return texts.join('\n');
  }

  private configurationOf<Label extends string>({ name, help, labels = [] }: MetricOptions<Label>) {
    return { name: `timekeeper_${name}`, help, labelNames: labels, registers: [this.registry] };
  }
}
