// Problems as workflow commands of GitHub Actions, which shows them beside the lines of a pull request.

import type { Problem } from '../domain/policy.ts';
import type { RenderOptions } from './render-options.ts';
import { repositoryPath } from './repository-path.ts';
import { describeRule } from './rules.ts';

/** [github.com/actions/toolkit, command.ts] */
const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

export const renderGithub = (problems: readonly Problem[], options: RenderOptions): string =>
  problems.map((problem) => `${command(problem, options)}\n`).join('');

const command = (problem: Problem, { baseDirectory }: RenderOptions): string => {
  const { severity, rule, file, line, column, path, message } = problem;
  const properties = [
    `file=${escapeProperty(repositoryPath(file, baseDirectory))}`,
    `line=${line}`,
    `col=${column}`,
    `title=${escapeProperty(`${describeRule(rule).title} (${rule})`)}`,
  ];
  const text = path === '' ? message : `${path}: ${message}`;
  return `::${severity} ${properties.join(',')}::${escapeData(text)}`;
};
