// A question of `explain` as people write it, on the command line or in an address.

import { AppError } from '../domain/errors.ts';
import type { ExplainQuestion } from '../domain/explanation.ts';
import { instantSentence, parseInstant } from '../policy/instant.ts';
import type { AskedExplanation } from '../report/explain-route.ts';

const form = 'is no moment; write one like 2026-01-31T18:00:00Z, or with an offset 2026-01-31T18:00+01:00';

/** @throws AppError `invalid` for a moment that cannot be read. */
export const readQuestion = ({ who, policy, account, at }: AskedExplanation): ExplainQuestion => {
  const atMs = at === undefined ? undefined : parseInstant(at);
  if (at !== undefined && atMs === undefined)
    throw new AppError('invalid', `at: ${instantSentence(at, form)}`);
  return { who, policy, account, atMs };
};
