// Problems for someone at a terminal: by file, each with its line.
//
//   policies/payments.yaml:12:11: error: spec.subjects.groups[0].id: "abc" must be a UUID … [malformedValue]
//     12 |       - id: abc
//        |             ^

import type { Problem } from '../domain/policy.ts';
import { decodeFile, type SourceFile } from './decode-file.ts';
import type { RenderOptions } from './render-options.ts';
import { counted } from './words.ts';

/** Longer lines are cut around the column. */
const frameChars = 100;

interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
}

const paint = (color: boolean): Paint => {
  const wrap = (start: number, end: number) => (text: string) =>
    color ? `\u001B[${start}m${text}\u001B[${end}m` : text;
  return {
    bold: wrap(1, 22),
    dim: wrap(2, 22),
    red: wrap(31, 39),
    yellow: wrap(33, 39),
    green: wrap(32, 39),
  };
};

export const renderText = (problems: readonly Problem[], options: RenderOptions): string => {
  const colors = paint(options.color);
  const files = new Map((options.files ?? []).map((file) => [file.path, file]));
  const groups = [...new Set(problems.map(({ file }) => file))].map((file) => {
    const lines = linesOf(files.get(file));
    return problems
      .filter((problem) => problem.file === file)
      .map((problem) => `${headline(problem, colors)}\n${frame(problem, lines, colors)}`)
      .join('');
  });
  return [...groups, summary(problems, options, colors)].join('\n');
};

/** Nothing in a file name, a message or a line of a file may steer the terminal. */
const visible = (text: string): string => text.replace(/\p{Cc}|[\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');

const headline = (problem: Problem, colors: Paint): string => {
  const { severity, rule, file, line, column, path, message } = problem;
  const place = colors.bold(visible(`${file}:${line}:${column}:`));
  const level = severity === 'error' ? colors.red('error:') : colors.yellow('warning:');
  const where = path === '' ? '' : `${visible(path)}: `;
  return `${place} ${level} ${where}${visible(message)} ${colors.dim(`[${rule}]`)}`;
};

const linesOf = (file: SourceFile | undefined): readonly string[] =>
  file === undefined ? [] : (decodeFile(file).text?.split('\n') ?? []);

const frame = ({ line, column }: Problem, lines: readonly string[], colors: Paint): string => {
  const text = lines[line - 1]?.trimEnd();
  if (text === undefined || text === '') return '';
  const from = Math.max(0, column - 1 - frameChars / 2);
  const shown = visible(text.replaceAll('\t', ' ').slice(from, from + frameChars));
  const gutter = String(line).padStart(4);
  const caret = `${' '.repeat(column - 1 - from)}^`;
  return `${colors.dim(`${gutter} |`)} ${shown}\n${colors.dim(`${' '.repeat(gutter.length)} |`)} ${colors.bold(caret)}\n`;
};

const summary = (problems: readonly Problem[], options: RenderOptions, colors: Paint): string => {
  const count = (severity: Problem['severity']) => problems.filter((one) => one.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  const read = `${counted(options.documentsRead, 'document')} in ${counted(options.filesRead, 'file')}`;
  if (problems.length === 0) return `${colors.green('no problems')} (${read})\n`;
  const found = [
    ...(errors > 0 ? [colors.red(counted(errors, 'error'))] : []),
    ...(warnings > 0 ? [colors.yellow(counted(warnings, 'warning'))] : []),
  ];
  return `${found.join(' and ')} (${read})\n`;
};
