// The log: JSON lines, or, on a terminal, lines for people. Secrets that slip into a field are blotted out.

import { type DestinationStream, type Logger, destination, pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';

export interface LoggerOptions {
  /** `trace` to `fatal`, or `silent`. */
  readonly level: string;
  /** For people instead of machines. */
  readonly pretty: boolean;
  /** stderr by default, as stdout is the journal's. */
  readonly destination?: 'stdout' | 'stderr' | NodeJS.WritableStream;
}

const secrets = [
  'authorization',
  'Authorization',
  'clientSecret',
  'client_secret',
  'token',
  'accessToken',
  'access_token',
  'assertion',
  'client_assertion',
  'accessKeyId',
  'secretAccessKey',
  'sessionToken',
];

/** As deep as `{ err: { cause: { config: { headers: … } } } }`. */
const depth = 5;

const redactedPaths: readonly string[] = secrets.flatMap((name) =>
  Array.from({ length: depth }, (_, above) => `${'*.'.repeat(above)}${name}`),
);

const fileDescriptors = { stdout: 1, stderr: 2 } as const;

const streamFor = ({ pretty: isPretty, destination: where = 'stderr' }: LoggerOptions): DestinationStream => {
  // Written at once: the last lines before a crash are those that are needed.
  if (isPretty) {
    const target = typeof where === 'string' ? fileDescriptors[where] : where;
    return pretty({
      sync: true,
      destination: target,
      // The sentence says it all; a defect's stack is worth its lines.
      include: 'level,time,err',
      translateTime: 'SYS:HH:MM:ss',
    });
  }
  return typeof where === 'string' ? destination({ dest: fileDescriptors[where], sync: true }) : where;
};

/** A logger in this process, without worker threads. */
export const createLogger = (options: LoggerOptions): Logger =>
  pino(
    {
      level: options.level,
      redact: { paths: [...redactedPaths], censor: '(redacted)' },
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    streamFor(options),
  );
