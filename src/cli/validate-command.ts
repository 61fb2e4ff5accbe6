// `rolewarden validate`: checks policy files offline, for laptops and pull requests.

import { collectFiles } from '../policy/collect-files.ts';
import { loadPolicies } from '../policy/load-policies.ts';
import { type ProblemFormat, renderProblems } from '../policy/render-problems.ts';
import { version } from '../version.ts';
import { type Terminal, wantsColor } from './output.ts';

export interface ValidateOptions {
  readonly output: ProblemFormat;
  /** Warnings fail too. */
  readonly strict?: boolean;
}

/** 0 all valid, 1 something is not. */
export const validateCommand = async (
  paths: readonly string[],
  options: ValidateOptions,
  terminal: Terminal,
): Promise<number> => {
  const { files, problems: extraProblems } = await collectFiles(paths);
  const loaded = loadPolicies(files, { extraProblems });
  const { problems, documentsRead } = loaded;
  terminal.out(
    renderProblems(problems, options.output, {
      color: wantsColor(terminal, terminal.isOutTerminal),
      version,
      filesRead: files.length,
      documentsRead,
      files,
    }),
  );
  const fails =
    options.strict === true ? problems.length > 0 : problems.some((problem) => problem.severity === 'error');
  return fails ? 1 : 0;
};
