// What the role of an account may do.

import type { Check } from '../domain/check.ts';
import type { AccountExamination } from '../domain/examination.ts';
import type { Checks } from './check.ts';
import { readChecks } from './check-reads.ts';
import { creationCheck, writeChecks } from './check-writes.ts';
import type { AccountNeeds } from './needs.ts';

export const permissionChecks = (
  checks: Checks,
  needs: AccountNeeds,
  examination: AccountExamination,
  atMs: number,
): readonly Check[] => [
  ...readChecks(checks, needs, examination),
  ...writeChecks(checks, needs, examination, atMs),
  ...creationCheck(checks, needs, examination, atMs),
];
