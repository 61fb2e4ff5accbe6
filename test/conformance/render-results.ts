// The results as a table for a terminal, and as JSON.

import { type Paint, visible } from '../../src/report/terminal.ts';
import type { Result, Verdict } from './run-experiments.ts';
import type { Leftover } from './undo.ts';

export interface Report {
  readonly run: string;
  readonly account: string | undefined;
  readonly tenant: string | undefined;
  readonly results: readonly Result[];
}

const order: readonly Verdict[] = ['differs', 'could not be told', 'reported', 'as expected', 'skipped'];
const labelWidth = 10;

const wrapped = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of visible(text).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
};

const row = (label: string, text: string, width: number): readonly string[] =>
  wrapped(text, width - labelWidth - 2).map(
    (part, index) => `  ${(index === 0 ? label : '').padEnd(labelWidth)}${part}`,
  );

const styleOf = (verdict: Verdict, color: Paint): ((text: string) => string) => {
  if (verdict === 'differs') return color.red;
  if (verdict === 'could not be told') return color.yellow;
  return verdict === 'as expected' ? color.green : color.dim;
};

const verdictWidth = Math.max(...order.map((verdict) => verdict.length)) + 2;

/** One result; those that were skipped take a line or two. */
export const renderResult = (
  { experiment, verdict, observed, leftovers }: Result,
  color: Paint,
  width: number,
): string => {
  const { name, claim, source, matters, expected } = experiment;
  const head = `${styleOf(verdict, color)(verdict.padEnd(verdictWidth))}${color.bold(name)}`;
  const rows =
    verdict === 'skipped'
      ? row('why', observed, width)
      : [
          ...row('claim', `${claim} [${source}]`, width),
          ...row('matters', `${matters.file}: ${matters.how}`, width),
          ...row('expected', expected, width),
          ...row('observed', observed, width),
        ];
  return [
    head,
    ...rows,
    ...leftovers.flatMap((left) => row('left', `${left.what}: ${left.why}`, width)),
  ].join('\n');
};

const counted = (results: readonly Result[]): string =>
  order
    .map((verdict) => [results.filter((one) => one.verdict === verdict).length, verdict] as const)
    .filter(([count]) => count > 0)
    .map(([count, verdict]) => `${count} ${verdict}`)
    .join(', ');

export const renderLeftovers = (leftovers: readonly Leftover[]): string =>
  leftovers.length === 0
    ? 'nothing was left behind'
    : [
        `${leftovers.length} left behind, or perhaps so; undo by`,
        ...leftovers.map(({ command }) => `  ${visible(command)}`),
      ].join('\n');

export const leftoversOf = (results: readonly Result[]): readonly Leftover[] =>
  results.flatMap(({ leftovers }) => leftovers);

export const renderSummary = ({ results }: Report): string =>
  `${counted(results)}\n${renderLeftovers(leftoversOf(results))}`;

export const renderJson = ({ run, account, tenant, results }: Report): string =>
  JSON.stringify(
    {
      run,
      account: account ?? null,
      tenant: tenant ?? null,
      results: results.map(({ experiment, verdict, observed, leftovers }) => ({
        name: experiment.name,
        claim: experiment.claim,
        source: experiment.source,
        matters: experiment.matters,
        expected: experiment.expected,
        observed,
        verdict,
        leftovers,
      })),
    },
    undefined,
    2,
  );

/** Unknown things are no failure: only what contradicts us, or stays behind. */
export const exitCodeOf = ({ results }: Report): 0 | 1 =>
  results.some(({ verdict, leftovers }) => verdict === 'differs' || leftovers.length > 0) ? 1 : 0;
