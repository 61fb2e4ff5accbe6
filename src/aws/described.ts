// What an answer of ECS says of each thing that it was asked about: shown, missing, or neither.

import { AppError } from '../domain/errors.ts';
import { absent, present, type Reading, unreadable } from '../domain/reading.ts';
import { classifyError } from './classify-error.ts';
import type { Failure } from './ecs-reads.ts';
import type { CallContext } from './error-rule.ts';
import { brokenAnswer } from './pages.ts';

/** `arn:aws:ecs:…:service/prod/web` → `web`. Names and ids have no slash, so this holds for every form of an ARN. */
export const lastPart = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

const failed = (thing: string, reason = 'no reason given'): AppError =>
  new AppError(
    'transient',
    `ECS could not describe ${thing} (${reason.slice(0, 80)}): nothing is concluded, and it is read again`,
    { resource: thing, code: /^[\w.-]{1,64}$/.exec(reason)?.[0] ?? 'Failure' },
  );

/** `name` finds what was asked for among `shown`; `thing` names it for people. */
export const described = <T>(
  action: string,
  thing: string,
  name: string,
  shown: ReadonlyMap<string, T>,
  failures: readonly Failure[],
): Reading<T> => {
  const found = shown.get(name);
  if (found !== undefined) return present(found);
  const failure = failures.find(({ arn }) => lastPart(arn ?? '') === name);
  if (failure === undefined) return unreadable(brokenAnswer(action, `nothing about ${thing}`));
  return failure.reason === 'MISSING' ? absent : unreadable(failed(thing, failure.reason));
};

/** As `described`, for a thing that is then read further; what throws on the way makes only this one unreadable. */
export const mapReading = <T, U>(reading: Reading<T>, read: (value: T) => U | undefined): Reading<U> => {
  if (reading.state !== 'present') return reading;
  try {
    const value = read(reading.value);
    return value === undefined ? absent : present(value);
  } catch (error) {
    if (error instanceof AppError) return unreadable(error);
    throw error;
  }
};

/** What a failed read of a cluster, or of something in it, says: a cluster that is not there has nothing in it. */
export const unreadIn = (error: unknown, context: CallContext): Reading<never> => {
  const problem = classifyError(error, context);
  return problem.code === 'ClusterNotFoundException' ? absent : unreadable(problem);
};
