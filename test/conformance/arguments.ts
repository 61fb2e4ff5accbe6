// The command line.

import { parseArgs } from 'node:util';
import type { Experiment } from './experiment.ts';
import { messageOf } from './message.ts';

export interface Arguments {
  readonly only: readonly string[];
  readonly output: 'text' | 'json';
  readonly does: 'run' | 'list' | 'clean' | 'help';
}

/** A sentence for the reader where the arguments are wrong. */
export const readArguments = (args: readonly string[]): Arguments | string => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', multiple: true, default: [] },
        output: { type: 'string', default: 'text' },
        list: { type: 'boolean', default: false },
        clean: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const { only, output } = values;
    if (output !== 'text' && output !== 'json') return `--output ${output}: it is text or json`;
    if (values.clean && only.length > 0) return '--clean removes what all experiments left: leave out --only';
    const does = values.help ? 'help' : values.list ? 'list' : values.clean ? 'clean' : 'run';
    return { only, output, does };
  } catch (error) {
    return messageOf(error).replace(/^TypeError: /, '');
  }
};

/** Those that were asked for, in their own order; a sentence where one is not there. */
export const chosen = (
  experiments: readonly Experiment[],
  only: readonly string[],
): readonly Experiment[] | string => {
  const strange = only.find((name) => !experiments.some((one) => one.name === name));
  if (strange !== undefined) return `--only ${strange}: there is no such experiment; --list names them`;
  return only.length === 0 ? experiments : experiments.filter(({ name }) => only.includes(name));
};
