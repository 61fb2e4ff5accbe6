// One line on a terminal that says how far a command is, written over again and again, and gone when the command goes on.
// Nowhere else: no pipe, no log and no stdout ever has it.

import type { OnProgress, Progress } from '../reconcile/progress.ts';
import { visible } from '../report/terminal.ts';
import { counted } from '../report/words.ts';
import type { Terminal } from './output.ts';

/** Names of accounts that are waited for. */
const maxNames = 3;

const waitingFor = (names: readonly string[]): string => {
  if (names.length === 0) return '';
  const shown = names.slice(0, maxNames).join(', ');
  return `; waiting for ${names.length > maxNames ? `${shown} and ${names.length - maxNames} more` : shown}`;
};

/** `verb`: what is done to accounts, such as `Reading`. */
export const progressText = (verb: string, progress: Progress): string => {
  switch (progress.step) {
    case 'policies':
      return 'Reading policies …';
    case 'entra':
      return 'Reading groups in Entra …';
    case 'accounts': {
      const { done, all, underWay } = progress;
      return `${verb}: ${done} of ${counted(all, 'account')}${waitingFor(underWay)}`;
    }
  }
};

/** Longer than the terminal is wide it would wrap, and could not be written over. */
const fitted = (text: string, columns: number): string =>
  text.length < columns ? text : `${text.slice(0, Math.max(0, columns - 2))}…`;

const eraseLine = '\r\u001b[2K';

/** Takes the line away when the work has ended, well or not. */
export const withProgress = async <T>(
  terminal: Terminal,
  verb: string,
  work: (onProgress: OnProgress) => Promise<T>,
): Promise<T> => {
  const { isErrTerminal, errColumns = 80 } = terminal;
  if (!isErrTerminal || terminal.env['TERM'] === 'dumb') return work(() => undefined);
  try {
    return await work((progress) => {
      terminal.err(`${eraseLine}${fitted(visible(progressText(verb, progress)), errColumns)}`);
    });
  } finally {
    terminal.err(eraseLine);
  }
};
