// The break-glass group of a policy: that it can be kept at all, and is no group whose members are meant to leave.

import type { AccessPolicy, GroupSubject } from '../domain/policy.ts';
import type { FieldPath } from './field-path.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';

type Glass = Pick<AccessPolicy, 'breakGlass' | 'groups' | 'role'>;

const path: FieldPath = ['spec', 'breakGlass'];

export const checkBreakGlass = (
  document: SourceDocument,
  { breakGlass, groups, role }: Glass,
): readonly Finding[] =>
  breakGlass === undefined
    ? []
    : [
        ...checkAdmission(document, role),
        ...groups.flatMap((group, index) =>
          group.id === breakGlass.id ? checkSubject(document, breakGlass, group, index) : [],
        ),
      ];

const checkAdmission = (document: SourceDocument, { admission }: Glass['role']): readonly Finding[] => {
  if (admission !== 'appRole') return [];
  const message =
    'with admission: appRole Entra alone decides who enters, and the trust policy names nobody whom it could keep in; remove this, or write admission: members';
  return [finding(document, 'needsListedMembers', path, message, { part: 'key' })];
};

/** Twice is needless; with an end there it is a contradiction, because here nobody has one. */
const checkSubject = (
  document: SourceDocument,
  breakGlass: GroupSubject,
  { pim, expiresAtMs, nested }: GroupSubject,
  index: number,
): readonly Finding[] => {
  const at = [...path, 'id'];
  const listed = `spec.subjects.groups[${index}]`;
  if (pim || expiresAtMs !== undefined) {
    const end = pim ? 'pim: true' : 'an expiresAt';
    const message = `is also ${listed}, which has ${end}, and the members of a break-glass group stay in without an end; name a group of its own here`;
    return [finding(document, 'breakGlassWithEnd', at, message)];
  }
  // Members of member groups are then meant there and not here.
  if (nested && !breakGlass.nested) return [];
  const message = `is also ${listed}, and a break-glass group is admitted without being listed there; remove it there, or name a group of its own here`;
  return [finding(document, 'duplicateSubject', at, message, { severity: 'warning' })];
};
