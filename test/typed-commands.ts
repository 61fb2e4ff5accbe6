// Commands that a document has its reader type, held against the program.

import type { Command } from 'commander';
import { buildProgram } from '../src/cli/program.ts';

const program = buildProgram(
  {
    out: () => undefined,
    err: () => undefined,
    env: {},
    isOutTerminal: false,
    isErrTerminal: false,
    errColumns: undefined,
    stopped: new AbortController().signal,
  },
  () => undefined,
);

export const commandNames = program.commands.map((command) => command.name());

export const commandNamed = (name: string | undefined): Command | undefined =>
  program.commands.find((command) => command.name() === name);

/** Words that begin with a hyphen and are no option of the command that is the first word. */
export const unknownOptions = ([name, ...words]: readonly string[]): readonly string[] => {
  const command = commandNamed(name);
  const known = new Set(['--help', ...(command?.options ?? []).flatMap(({ long, short }) => [long, short])]);
  return words.filter((word) => word.startsWith('-') && !known.has(word));
};
