// What a PromQL expression asks for, by Prometheus' own grammar: metrics, the labels that it selects and groups by, and
// whether Rolewarden has them.

import { parser } from '@prometheus-io/lezer-promql';
import { metricDocs } from '../../src/report/metric-docs.ts';

interface Matcher {
  readonly label: string;
  readonly op: string;
  readonly value: string;
}

interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

export interface Query {
  readonly isBroken: boolean;
  readonly selectors: readonly Selector[];
  /** Of `by`, `without`, `on`, `ignoring`, `group_left` and `group_right`. */
  readonly groupings: readonly string[];
  /** Texts outside of matchers: what `label_replace` makes labels of. */
  readonly texts: readonly string[];
}

type Tree = ReturnType<typeof parser.parse>;
type Node = Tree['topNode'];

const unquoted = (text: string): string => {
  const inside = text.slice(1, -1);
  return text.startsWith('`') ? inside : inside.replaceAll(/\\(.)/g, '$1');
};

const readSelector = (node: Node, textOf: (node: Node) => string): Selector => {
  const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
  const part = (matcher: Node, name: string): string => {
    const child = matcher.getChild(name);
    return child === null ? '' : textOf(child);
  };
  const name = node.getChild('Identifier');
  return {
    metric: name === null ? '' : textOf(name),
    matchers: matchers.map((matcher) => ({
      label: part(matcher, 'LabelName'),
      op: part(matcher, 'MatchOp'),
      value: unquoted(part(matcher, 'StringLiteral')),
    })),
  };
};

export const readQuery = (text: string): Query => {
  const textOf = ({ from, to }: Node): string => text.slice(from, to);
  const selectors: Selector[] = [];
  const groupings: string[] = [];
  const texts: string[] = [];
  let isBroken = false;
  parser.parse(text).iterate({
    enter: ({ node, type }) => {
      isBroken ||= type.isError;
      if (type.name === 'VectorSelector') selectors.push(readSelector(node, textOf));
      if (type.name === 'GroupingLabels') groupings.push(...node.getChildren('LabelName').map(textOf));
      if (type.name === 'StringLiteral' && node.parent?.name !== 'UnquotedLabelMatcher')
        texts.push(unquoted(textOf(node)));
    },
  });
  return { isBroken, selectors, groupings, texts };
};

/** What Prometheus itself adds to every sample, or makes. */
const ofScrape = ['job', 'instance'];
const ofPrometheus = new Map([
  ['up', ofScrape],
  ['ALERTS', ['alertname', 'alertstate', 'severity', ...ofScrape]],
]);

/** Labels by the names of samples: of a histogram, those that it is scraped as. */
const known: ReadonlyMap<string, readonly string[]> = new Map([
  ...ofPrometheus,
  ...metricDocs.flatMap(({ name, type, labels }): [string, readonly string[]][] => {
    const all = [...labels, ...ofScrape];
    return type === 'histogram'
      ? [
          [`${name}_bucket`, [...all, 'le']],
          [`${name}_sum`, all],
          [`${name}_count`, all],
        ]
      : [[name, all]];
  }),
]);

const problemsOfSelector = ({ metric, matchers }: Selector): readonly string[] => {
  const labels = known.get(metric);
  if (labels === undefined) return [`there is no metric ${metric}`];
  return matchers.flatMap(({ label }) => (labels.includes(label) ? [] : [`${metric} has no label ${label}`]));
};

/** What is wrong with an expression; empty when Rolewarden has everything that it asks for. */
export const problemsOf = (text: string): readonly string[] => {
  const { isBroken, selectors, groupings, texts } = readQuery(text);
  if (isBroken) return [`this is no PromQL: ${text}`];
  const labels = new Set([...selectors.flatMap(({ metric }) => known.get(metric) ?? []), ...texts]);
  return [
    ...selectors.flatMap(problemsOfSelector),
    ...groupings.flatMap((label) =>
      labels.has(label) ? [] : [`nothing in this has the label ${label}: ${text}`],
    ),
  ];
};
