// A log that is read back in the test.

import { Writable } from 'node:stream';
import { createLogger } from '../../src/report/logger.ts';

export interface LogEntry extends Readonly<Record<string, unknown>> {
  readonly level: string;
  readonly msg: string;
}

/** A logger, and what it wrote since that was last asked. */
export const readableLog = (level = 'debug') => {
  const chunks: string[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk.toString());
      done();
    },
  });
  return {
    logger: createLogger({ level, pretty: false, destination }),
    text: (): string => chunks.join(''),
    entries: (): readonly LogEntry[] =>
      chunks
        .splice(0)
        .join('')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as LogEntry),
  };
};
