// Gauges as text. They are most of what a scrape is: thousands of policies have several each. prom-client hashes every label
// set whenever it is set, and spells it whenever it is read, which takes most of a second for 5,000 policies at each scrape;
// so their lines are spelled here, and those of an account once for each of its sweeps.

import { aPerson, withoutPeople } from './people-free.ts';
import { type LabelsOf, type NameOf, definitions } from './metric-docs.ts';

export type GaugeName = NameOf<'gauge'>;

export type Series<N extends GaugeName> = readonly [labels: LabelsOf<N>, value: number];

/** A gauge, and how its lines come about from what is known. */
export interface Gauge<T> {
  readonly name: GaugeName;
  /** Lines of Prometheus' text format, each with its line feed. */
  readonly linesOf: (known: T) => string;
}

/** What the text format sets apart in a label value, and what an address has in it. */
const special = /[\\"\n@]/;
const escaped: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };
/** IAM lets a role have the name of a person, and whoever may make roles chooses what is read here. */
const escape = (value: string): string =>
  special.test(value) ? withoutPeople(value).replaceAll(/[\\"\n]/g, (one) => escaped[one] ?? one) : value;

const valueText = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';

const linesOf = <N extends GaugeName>(name: N, series: Iterable<Series<N>>): string => {
  const labelNames: readonly (keyof LabelsOf<N> & string)[] = definitions[name].labels;
  // What stands before each value, spelled once: this loop is run for tens of thousands of series.
  const heads = labelNames.map(
    (label, index) => [label, `${index === 0 ? `${name}{` : '",'}${label}="`] as const,
  );
  const end = labelNames.length === 0 ? `${name} ` : '"} ';
  const blotted = new Set<string>();
  // Joined in the end: what is added up stays in pieces until it is read, and these are kept from sweep to sweep.
  const lines: string[] = [];
  for (const [labels, value] of series) {
    let line = '';
    for (const [label, head] of heads) line += head + escape(labels[label]);
    line += end;
    if (line.includes(aPerson)) {
      if (blotted.has(line)) continue;
      blotted.add(line);
    }
    lines.push(line, valueText(value), '\n');
  }
  return lines.join('');
};

/** No two of the series may have the same labels: for Prometheus a sample that stands twice is none. */
export const gauge = <N extends GaugeName, T>(
  name: N,
  seriesOf: (known: T) => Iterable<Series<N>>,
): Gauge<T> => ({ name, linesOf: (known) => linesOf(name, seriesOf(known)) });

/** With the lines that say what it is. */
export const familyText = (name: GaugeName, lines: string): string =>
  `# HELP ${name} ${definitions[name].help}\n# TYPE ${name} gauge\n${lines}`;
