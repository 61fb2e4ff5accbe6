// The subjects of a policy: groups and service principals, and what a list of them can get wrong.

import type { AccessPolicy, GroupSubject, ServicePrincipalSubject } from '../domain/policy.ts';
import type { FieldPath } from './field-path.ts';
import { endMs } from './meta.ts';
import { type Finding, finding, type SourceDocument, sourceRef } from './source-document.ts';

interface RawSubject {
  readonly id: string;
  readonly name?: string;
  readonly expiresAt?: string;
}

export interface RawGroup extends RawSubject {
  readonly nested: boolean;
  /** Not given for a group that has no ends. */
  readonly pim?: boolean;
}

export interface RawSubjects {
  readonly groups?: readonly RawGroup[];
  readonly servicePrincipals?: readonly RawSubject[];
}

/** A group that stands at `path`. */
export const readGroup = (
  document: SourceDocument,
  path: FieldPath,
  { id, name, nested, pim = false, expiresAt }: RawGroup,
): GroupSubject => ({
  id: id.toLowerCase(),
  displayName: name,
  nested,
  pim,
  expiresAtMs: endMs(expiresAt),
  source: sourceRef(document, path),
});

export const groupPath = (index: number): FieldPath => ['spec', 'subjects', 'groups', index];
export const servicePrincipalPath = (index: number): FieldPath => [
  'spec',
  'subjects',
  'servicePrincipals',
  index,
];

export const readSubjects = (
  document: SourceDocument,
  { groups = [], servicePrincipals = [] }: RawSubjects,
): Pick<AccessPolicy, 'groups' | 'servicePrincipals'> => ({
  groups: groups.map((group, index) => readGroup(document, groupPath(index), group)),
  servicePrincipals: servicePrincipals.map(
    ({ id, name, expiresAt }, index): ServicePrincipalSubject => ({
      id: id.toLowerCase(),
      displayName: name,
      expiresAtMs: endMs(expiresAt),
      source: sourceRef(document, servicePrincipalPath(index)),
    }),
  ),
});

export const checkSubjects = (
  document: SourceDocument,
  {
    groups,
    servicePrincipals,
    breakGlass,
  }: Pick<AccessPolicy, 'groups' | 'servicePrincipals' | 'breakGlass'>,
): readonly Finding[] => [
  ...checkRepeated(document, 'groups', groups),
  ...checkRepeated(document, 'servicePrincipals', servicePrincipals),
  ...groups.flatMap((group, index) => checkNested(document, groupPath(index), group)),
  ...(breakGlass === undefined ? [] : checkNested(document, ['spec', 'breakGlass'], breakGlass)),
];

const checkRepeated = (
  document: SourceDocument,
  field: 'groups' | 'servicePrincipals',
  subjects: readonly { readonly id: string }[],
): readonly Finding[] => {
  const first = new Map<string, number>();
  return subjects.flatMap(({ id }, index) => {
    const before = first.get(id);
    first.set(id, before ?? index);
    if (before === undefined) return [];
    const message = `is already listed as spec.subjects.${field}[${before}]; remove one of the two`;
    const path = ['spec', 'subjects', field, index, 'id'];
    return [finding(document, 'duplicateSubject', path, message, { severity: 'warning' })];
  });
};

const checkNested = (
  document: SourceDocument,
  path: FieldPath,
  { nested }: GroupSubject,
): readonly Finding[] => {
  if (!nested) return [];
  const message =
    'Entra assigns an app role to direct members only, so members of member groups are trusted here and yet get no Role claim; assign the app role to the member groups too, or list them here instead';
  return [finding(document, 'nestedGroup', [...path, 'nested'], message, { severity: 'warning' })];
};
