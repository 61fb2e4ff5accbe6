// Where commands write, and how they end.

import type { Problem } from '../domain/policy.ts';
import { renderProblems } from '../policy/render-problems.ts';
import { version } from '../version.ts';

/** The process as commands see it; the only place where `process` is touched is main.ts. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isOutTerminal: boolean;
  readonly isErrTerminal: boolean;
  /** How wide it is; undefined: not told. */
  readonly errColumns: number | undefined;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly stopped: AbortSignal;
}

/** Colours only where a person looks, and never against https://no-color.org. */
export const wantsColor = (terminal: Terminal, isTerminal: boolean): boolean =>
  isTerminal && (terminal.env['NO_COLOR'] ?? '') === '' && terminal.env['TERM'] !== 'dumb';

export const untilStopped = ({ stopped }: Terminal): Promise<void> =>
  new Promise((resolve) => {
    if (stopped.aborted) resolve();
    else stopped.addEventListener('abort', () => resolve(), { once: true });
  });

export const printProblems = (terminal: Terminal, problems: readonly Problem[]): void => {
  terminal.err(
    renderProblems(problems, 'text', {
      color: wantsColor(terminal, terminal.isErrTerminal),
      version,
      filesRead: new Set(problems.map((problem) => problem.file)).size,
      documentsRead: 0,
    }),
  );
};
