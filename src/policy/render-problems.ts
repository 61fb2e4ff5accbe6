// Problems for people, for scripts, for pull requests and for code scanning.

import type { Problem } from '../domain/policy.ts';
import { renderGithub } from './render-github.ts';
import { renderJson } from './render-json.ts';
import type { RenderOptions } from './render-options.ts';
import { renderSarif } from './render-sarif.ts';
import { renderText } from './render-text.ts';

export type ProblemFormat = 'text' | 'json' | 'github' | 'sarif';
export const problemFormats: readonly ProblemFormat[] = ['text', 'json', 'github', 'sarif'];

/** Ends with a line feed, unless there is nothing to say (`github` without problems). */
export const renderProblems = (
  problems: readonly Problem[],
  format: ProblemFormat,
  options: RenderOptions,
): string => {
  switch (format) {
    case 'text':
      return renderText(problems, options);
    case 'json':
      return renderJson(problems, options);
    case 'github':
      return renderGithub(problems, options);
    case 'sarif':
      return renderSarif(problems, options);
  }
};
