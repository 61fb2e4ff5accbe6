// The config file that a controller is started with.

import type { ControllerConfig, Problem } from '../domain/policy.ts';
import { checkDocument } from './check-document.ts';
import { collectFiles } from './collect-files.ts';
import { severalConfigs } from './duplicates.ts';
import { readDocuments } from './read-documents.ts';
import { compareProblems, fileProblem } from './source-document.ts';

export interface ReadConfig {
  /** undefined: there is none that is valid, and `problems` says why. */
  readonly config: ControllerConfig | undefined;
  readonly problems: readonly Problem[];
}

/** Other kinds may stand in the same file; what they say is left to whoever loads the policies. Never throws. */
export const readConfig = async (file: string): Promise<ReadConfig> => {
  const { files, problems: collected } = await collectFiles([file]);
  const read = files.map(readDocuments);
  const checked = read
    .flatMap(({ documents }) => documents)
    .map((document) => checkDocument(document, '.'))
    .filter(({ kind }) => kind === undefined || kind === 'ControllerConfig');
  const documents = new Set(checked.map(({ document }) => document));
  const findings = [
    ...read.flatMap((one) => one.findings).filter(({ document }) => documents.has(document)),
    ...checked.flatMap((one) => one.findings),
    ...severalConfigs(checked),
  ];
  const broken = new Set(
    findings.filter(({ problem }) => problem.severity === 'error').map(({ document }) => document),
  );
  const configs = checked.flatMap(({ document, read: made }) =>
    made?.kind === 'ControllerConfig' && !broken.has(document) ? [made.object] : [],
  );
  const problems = [
    ...collected,
    ...read.flatMap((one) => one.problems),
    ...findings.map(({ problem }) => problem),
  ];
  if (configs.length === 0 && problems.length === 0) problems.push(noConfig(file));
  return { config: configs[0], problems: problems.sort(compareProblems) };
};

const noConfig = (file: string): Problem =>
  fileProblem(
    file,
    'missingConfig',
    'there is no ControllerConfig here; point to the file that holds it, or add a document with kind: ControllerConfig',
  );
