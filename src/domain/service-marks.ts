// What Rolewarden leaves on services and revisions in ECS, so that a controller that starts anew knows what the last one
// tried: there is no other memory. Tag values may hold letters, digits, spaces and + - = . _ : / @. [ECS API reference]

import { revisionName } from './ecs.ts';

/** On a revision that we made, beside our instance and the binding: the revision that it is a copy of. */
export const clonedFromTag = 'rolewarden:cloned-from';

/** On a service: what was last tried with it. */
export const attemptTag = 'rolewarden:attempt';

export interface Attempt {
  /** The how-manieth within a week, from 1. */
  readonly number: number;
  /** Milliseconds since the epoch, by the clock of the controller; whole seconds. */
  readonly atMs: number;
  /** `payments-api:7`: the revision that was to be deployed. */
  readonly revision: string;
}

/** Rounded up to a second, so that nothing that was there before it looks later. */
export const renderAttempt = ({ number, atMs, revision }: Attempt): string => {
  const time = new Date(Math.ceil(atMs / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');
  return `${number} ${time} ${revision}`;
};

/** undefined: none, or one that we did not write. */
export const attemptOf = (tags: Readonly<Record<string, string>>): Attempt | undefined => {
  const text = tags[attemptTag] ?? '';
  const match = /^(\d{1,4}) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) ([\w-]{1,255}:\d{1,9})$/.exec(text);
  const [, number = '', time = '', revision = ''] = match ?? [];
  const atMs = Date.parse(time);
  return match === null || Number.isNaN(atMs) ? undefined : { number: Number(number), atMs, revision };
};

/** The ARN of the revision that an attempt names, in the family of the one that runs; undefined for another family. */
export const attemptedArn = (attempt: Attempt, runningArn: string): string | undefined => {
  const family = (name: string): string => name.slice(0, name.lastIndexOf(':'));
  const running = revisionName(runningArn);
  return family(attempt.revision) === family(running)
    ? `${runningArn.slice(0, -running.length)}${attempt.revision}`
    : undefined;
};
