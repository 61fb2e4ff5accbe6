// Commands as `main.ts` runs them, without a process for each: what goes to stdout and stderr, and the exit code.

import { endedBy } from '../../src/cli/ended-by.ts';
import type { Terminal } from '../../src/cli/output.ts';
import { buildProgram } from '../../src/cli/program.ts';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** commander and the AWS SDK look there themselves. */
const withEnvironment = async (
  env: Readonly<Record<string, string>>,
  work: () => Promise<void>,
): Promise<void> => {
  const before = new Map(Object.keys(env).map((name) => [name, process.env[name]]));
  Object.assign(process.env, env);
  try {
    await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
};

/** One at a time: the environment is of the whole process. */
export const runInProcess = async (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  overrides: Partial<Terminal> = {},
): Promise<Ended> => {
  let [stdout, stderr, code] = ['', '', 0];
  const terminal: Terminal = {
    out: (text) => void (stdout += text),
    err: (text) => void (stderr += text),
    env,
    isOutTerminal: false,
    isErrTerminal: false,
    errColumns: undefined,
    stopped: new AbortController().signal,
    ...overrides,
  };
  try {
    await withEnvironment(env, async () => {
      await buildProgram(terminal, (ended) => {
        code = ended;
      }).parseAsync(args, { from: 'user' });
    });
  } catch (error) {
    code = endedBy(error, terminal);
  }
  return { code, stdout, stderr };
};
