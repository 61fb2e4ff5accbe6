// Problems as SARIF 2.1.0, for code scanning. [docs.oasis-open.org/sarif/sarif/v2.1.0]

import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Problem } from '../domain/policy.ts';
import type { RenderOptions } from './render-options.ts';
import { repositoryPath } from './repository-path.ts';
import { describeRule } from './rules.ts';

export const renderSarif = (problems: readonly Problem[], options: RenderOptions): string => {
  const ids = [...new Set(problems.map(({ rule }) => rule))].sort();
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'Rolewarden', semanticVersion: options.version, rules: ids.map(ruleOf) },
        },
        columnKind: 'utf16CodeUnits',
        results: problems.map((problem) => resultOf(problem, ids, options)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
};

const ruleOf = (id: string) => {
  const { title, help } = describeRule(id);
  return {
    id,
    name: `${id.charAt(0).toUpperCase()}${id.slice(1)}`,
    shortDescription: { text: title },
    fullDescription: { text: help },
    help: { text: help },
    properties: { tags: ['rolewarden', 'policy'] },
  };
};

const resultOf = (problem: Problem, ids: readonly string[], options: RenderOptions) => {
  const { severity, rule, file, line, column, path, message } = problem;
  const uri = uriOf(file, options.baseDirectory);
  const logicalLocations = path === '' ? {} : { logicalLocations: [{ fullyQualifiedName: path }] };
  return {
    ruleId: rule,
    ruleIndex: ids.indexOf(rule),
    level: severity,
    message: { text: path === '' ? message : `${path}: ${message}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri }, region: { startLine: line, startColumn: column } },
        ...logicalLocations,
      },
    ],
    // Without the line, so that a finding stays the same when lines are added above it.
    partialFingerprints: { 'rolewarden/v1': fingerprint([rule, uri, path, message]) },
  };
};

const fingerprint = (parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

const uriOf = (file: string, baseDirectory: string | undefined): string => {
  const path = repositoryPath(file, baseDirectory);
  if (isAbsolute(path)) return pathToFileURL(path).href;
  return path.split('/').map(encodeURIComponent).join('/');
};
