// The registry with the counters and histograms that metric-docs.ts lists; gauges are in gauges.ts. Labels are typed, so that
// a forgotten one is no series of its own.

import { Counter, Histogram, Registry } from 'prom-client';
import { type LabelsOf, type NameOf, definitions } from './metric-docs.ts';

const buckets: Readonly<Record<NameOf<'histogram'>, readonly number[]>> = {
  rolewarden_sweep_duration_seconds: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
  rolewarden_membership_propagation_seconds: [1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600],
  rolewarden_revocation_seconds: [1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600],
};

export interface Instruments {
  readonly registry: Registry;
  readonly count: <N extends NameOf<'counter'>>(name: N, labels: LabelsOf<N>, times?: number) => void;
  /** Sets a counter that somebody else counts. */
  readonly recount: <N extends NameOf<'counter'>>(name: N, labels: LabelsOf<N>, total: number) => void;
  readonly time: <N extends NameOf<'histogram'>>(name: N, labels: LabelsOf<N>, seconds: number) => void;
  /** Removes the series of counters and histograms that have this account. */
  readonly removeAccount: (account: string) => void;
}

interface Metrics {
  readonly counters: ReadonlyMap<string, Counter>;
  readonly histograms: ReadonlyMap<string, Histogram>;
}

const register = (registry: Registry): Metrics => {
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  for (const [name, { type, labels, help }] of Object.entries(definitions)) {
    const shared = { name, help, labelNames: [...labels], registers: [registry] };
    switch (type) {
      case 'gauge':
        break;
      case 'counter':
        counters.set(name, new Counter(shared));
        break;
      case 'histogram':
        histograms.set(
          name,
          new Histogram({ ...shared, buckets: [...buckets[name as NameOf<'histogram'>]] }),
        );
        break;
    }
  }
  return { counters, histograms };
};

/** A registry of its own: several controllers in one process do not count for each other. */
export const createInstruments = (): Instruments => {
  const registry = new Registry();
  const { counters, histograms } = register(registry);
  /** Label sets by account, since a series can only be removed by all its labels. */
  const seen = new Map<
    string,
    Map<string, { metric: Counter | Histogram; labels: Record<string, string> }>
  >();

  const note = (
    metric: Counter | Histogram,
    name: string,
    labels: Readonly<Record<string, string>>,
  ): void => {
    const { account } = labels;
    if (account === undefined) return;
    const own =
      seen.get(account) ?? new Map<string, { metric: Counter | Histogram; labels: Record<string, string> }>();
    seen.set(account, own.set(`${name}${JSON.stringify(labels)}`, { metric, labels: { ...labels } }));
  };

  return {
    registry,
    count: (name, labels, times = 1) => {
      const counter = counters.get(name);
      if (counter === undefined) return;
      counter.inc({ ...labels }, times);
      note(counter, name, labels);
    },
    recount: (name, labels, total) => {
      const counter = counters.get(name);
      counter?.reset();
      counter?.inc({ ...labels }, total);
    },
    time: (name, labels, seconds) => {
      const histogram = histograms.get(name);
      if (histogram === undefined) return;
      histogram.observe({ ...labels }, seconds);
      note(histogram, name, labels);
    },
    removeAccount: (account) => {
      for (const { metric, labels } of seen.get(account)?.values() ?? []) metric.remove({ ...labels });
      seen.delete(account);
    },
  };
};
