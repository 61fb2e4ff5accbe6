// What `rolewarden doctor` prints: the checks by area, what mends those that are not ok, and what to do next.

import type { Check, CheckState } from '../domain/check.ts';
import { type Paint, paint, visible } from './terminal.ts';
import { counted } from './words.ts';

const signs: Readonly<Record<CheckState, string>> = { ok: '✓', missing: '✗', warning: '!', unknown: '?' };

const colorOf = (state: CheckState, style: Paint): ((text: string) => string) =>
  ({ ok: style.green, missing: style.red, warning: style.yellow, unknown: style.yellow })[state];

/** What fits beside the signs on a terminal of usual width; a word that is longer is left whole, so that it can be copied. */
const lineChars = 110;
/** A longer name would push everything else to the right. */
const nameChars = 46;

const wrapped = (text: string, chars: number): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > chars) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
};

/** Advice is copied: it stands on one line, however long. */
const adviceLines = ({ advice, state }: Check, style: Paint): readonly string[] =>
  advice === undefined || state === 'ok' ? [] : [`       ${style.bold('→')} ${visible(advice)}`];

const checkLines = (check: Check, width: number, style: Paint): readonly string[] => {
  const name = visible(check.what);
  const isLong = name.length > width;
  const indent = ' '.repeat(5 + (isLong ? 2 : width + 2));
  const found = wrapped(visible(check.found), lineChars - indent.length);
  const sign = colorOf(check.state, style)(signs[check.state]);
  const head = `  ${sign}  ${style.bold(isLong ? name : name.padEnd(width))}`;
  const [first = '', ...rest] = found;
  return [
    ...(isLong ? [head, `${indent}${first}`] : [`${head}  ${first}`]),
    ...rest.map((line) => `${indent}${line}`),
    ...adviceLines(check, style),
  ];
};

const areaLines = (area: string, checks: readonly Check[], style: Paint): readonly string[] => {
  const widths = checks.map(({ what }) => visible(what).length).filter((length) => length <= nameChars);
  const width = Math.max(0, ...widths);
  return [style.bold(visible(area)), ...checks.flatMap((check) => checkLines(check, width, style)), ''];
};

const stateNames: readonly CheckState[] = ['ok', 'missing', 'warning', 'unknown'];

export const countChecks = (checks: readonly Check[]): Readonly<Record<CheckState, number>> => {
  const counts = { ok: 0, missing: 0, warning: 0, unknown: 0 };
  for (const { state } of checks) counts[state] += 1;
  return counts;
};

const summary = (checks: readonly Check[]): string => {
  const counts = countChecks(checks);
  if (counts.ok === checks.length)
    return checks.length === 1 ? 'the one check is ok' : `all ${counted(checks.length, 'check')} are ok`;
  const parts = stateNames.flatMap((state) => {
    const count = counts[state];
    if (count === 0) return [];
    return [state === 'warning' ? counted(count, 'warning') : counted(count, state, state)];
  });
  return `${counted(checks.length, 'check')}: ${parts.join(', ')}`;
};

const nextStep = (checks: readonly Check[]): string => {
  const { missing, unknown } = countChecks(checks);
  if (missing > 0) return 'do what stands under each ✗, then run rolewarden doctor again';
  if (unknown > 0)
    return 'look at what is marked ? by hand, or give what it asks for and run rolewarden doctor again';
  return 'rolewarden plan shows what would be done; then set mode: enforce on one policy';
};

/** By area, in the order in which areas first come. */
const byArea = (checks: readonly Check[]): ReadonlyMap<string, readonly Check[]> => {
  const areas = new Map<string, Check[]>();
  for (const check of checks) {
    const area = areas.get(check.area);
    if (area === undefined) areas.set(check.area, [check]);
    else area.push(check);
  }
  return areas;
};

export interface RenderChecksOptions {
  /** `text` only. */
  readonly color: boolean;
  /** What to do now, in the place of what doctor says in general; `text` only. */
  readonly next?: string;
  /** More fields of the document; `json` only. */
  readonly also?: Readonly<Record<string, string | boolean | null>>;
}

/** Text that ends with a newline. */
export const renderChecks = (
  checks: readonly Check[],
  format: 'text' | 'json',
  { color, next, also = {} }: RenderChecksOptions,
): string => {
  if (format === 'json') {
    const document = {
      schemaVersion: 1,
      ...also,
      summary: countChecks(checks),
      checks: checks.map(({ advice, ...check }) => ({ ...check, advice: advice ?? null })),
    };
    return `${JSON.stringify(document, null, 2)}\n`;
  }
  const style = paint(color);
  const { missing, unknown, warning } = countChecks(checks);
  const tone = missing > 0 ? style.red : unknown + warning > 0 ? style.yellow : style.green;
  const lines = [...byArea(checks)].flatMap(([area, of]) => areaLines(area, of, style));
  return `${[...lines, tone(summary(checks)), `→ ${next ?? nextStep(checks)}`].join('\n')}\n`;
};
