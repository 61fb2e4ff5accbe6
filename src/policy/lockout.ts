// Lockout: a person who is out of everything until a date.

import type { Lockout } from '../domain/policy.ts';
import { instantMs, type RawObject, readMeta } from './meta.ts';
import type { SourceDocument } from './source-document.ts';

interface LockoutSpec {
  readonly person: string;
  readonly userPrincipalName?: string;
  readonly until: string;
  readonly reason: string;
}

export type RawLockout = RawObject<LockoutSpec>;

export const readLockout = (document: SourceDocument, raw: RawLockout): Lockout => {
  const { person, userPrincipalName, until, reason } = raw.spec;
  return {
    meta: readMeta(document, raw),
    person: person.toLowerCase(),
    userPrincipalName,
    untilMs: instantMs(until),
    reason,
  };
};
