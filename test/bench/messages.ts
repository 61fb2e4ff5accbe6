// Questions and answers between the benchmark and the processes that it starts. Each question has one answer.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

interface Envelope {
  readonly id: number;
  readonly body: unknown;
}

interface Reply extends Envelope {
  readonly failure?: string;
}

export interface Peer<Question, Answers> {
  ask<K extends keyof Answers>(question: Question & { readonly kind: K }): Promise<Answers[K]>;
  stop(): Promise<void>;
}

/** Starts a process from a file, with the environment of this one and `env` laid over it. */
export const startPeer = <Question, Answers>(
  file: URL,
  env: Readonly<Record<string, string>>,
  nodeFlags: readonly string[] = [],
): Peer<Question, Answers> => {
  const child: ChildProcess = fork(file, {
    env: { ...process.env, ...env },
    execArgv: [...nodeFlags],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, { resolve: (body: unknown) => void; reject: (error: Error) => void }>();
  let asked = 0;
  child.on('message', (message) => {
    const { id, body, failure } = message as Reply;
    if (failure === undefined) waiting.get(id)?.resolve(body);
    else waiting.get(id)?.reject(new Error(failure));
    waiting.delete(id);
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.values()) {
      reject(
        new Error(`the process of ${file.pathname} ended while it was asked (${signal ?? `code ${code}`})`),
      );
    }
  });
  return {
    ask: <K extends keyof Answers>(question: Question & { readonly kind: K }): Promise<Answers[K]> =>
      new Promise((resolve, reject) => {
        asked += 1;
        waiting.set(asked, { resolve: (body) => resolve(body as Answers[K]), reject });
        child.send({ id: asked, body: question } satisfies Envelope);
      }),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
};

const failureText = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

/** The other side. When whoever started the process lets go of it, it runs `end` and is over. */
export const answerPeer = (
  answer: (question: never) => Promise<unknown>,
  end: () => Promise<void> = async () => {},
): void => {
  const reply = (message: Reply): void => {
    process.send?.(message);
  };
  process.on('message', (message) => {
    const { id, body } = message as Envelope;
    answer(body as never).then(
      (result) => reply({ id, body: result }),
      (error: unknown) => reply({ id, body: undefined, failure: failureText(error) }),
    );
  });
  process.on('disconnect', () => {
    end().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${failureText(error)}\n`);
        process.exit(1);
      },
    );
  });
};
