// AccessPolicy: the typed policy before its accounts are known, and what one policy can get wrong by itself.

import type { Access } from '../domain/access.ts';
import type {
  AccessPolicy,
  EcsGrant,
  GroupSubject,
  Mode,
  PermissionStatement,
  ServicePrincipalSubject,
} from '../domain/policy.ts';
import { durationMs, type RawObject, readMeta } from './meta.ts';
import { type Finding, finding, type SourceDocument, sourceRef } from './source-document.ts';
import { checkAccess, grantPath } from './access.ts';
import { checkCharacters } from './statements.ts';

interface RawSubject {
  readonly id: string;
  readonly name?: string;
}

type RawGrant = Omit<EcsGrant, 'containers'> & { readonly containers?: readonly string[] };

interface PolicySpec {
  readonly accounts: {
    readonly names?: readonly string[];
    readonly selector?: { readonly matchLabels: Readonly<Record<string, string>> };
  };
  readonly federation: string;
  readonly subjects: {
    readonly groups?: readonly (RawSubject & { readonly nested: boolean })[];
    readonly servicePrincipals?: readonly RawSubject[];
  };
  readonly role: {
    readonly name: string;
    readonly description: string;
    readonly maxSession: string;
    readonly admission: 'members' | 'appRole';
  };
  readonly access: {
    readonly ecs?: RawGrant | readonly RawGrant[];
    readonly cli?: boolean;
    readonly statements?: readonly PermissionStatement[];
  };
  readonly mode?: Mode;
  readonly suspend: boolean;
  readonly prune: boolean;
}

export type RawPolicy = RawObject<PolicySpec>;

/** `accounts` is resolved once all files are read. */
export type PolicyDraft = Omit<AccessPolicy, 'accounts'> & { readonly chosen: PolicySpec['accounts'] };

export const readAccessPolicy = (document: SourceDocument, raw: RawPolicy): PolicyDraft => {
  const { spec } = raw;
  return {
    meta: readMeta(document, raw),
    chosen: spec.accounts,
    federation: spec.federation,
    groups: readGroups(document, spec.subjects.groups ?? []),
    servicePrincipals: readServicePrincipals(document, spec.subjects.servicePrincipals ?? []),
    role: {
      name: spec.role.name,
      description: spec.role.description,
      maxSessionSeconds: durationMs(spec.role.maxSession) / 1_000,
      admission: spec.role.admission,
    },
    ...readAccess(spec),
    mode: spec.mode,
    suspend: spec.suspend,
    prune: spec.prune,
    expiresAtMs: undefined,
    standing: 'allowed',
    breakGlass: undefined,
    onStale: 'hold',
    afterRevoke: 'keepTask',
  };
};

/** One grant may stand without a list. */
const readAccess = ({ access }: PolicySpec): Access => ({
  ecs: (access.ecs === undefined ? [] : [access.ecs].flat()).map(({ containers = [], ...grant }) => ({
    ...grant,
    containers,
  })),
  cli: access.cli ?? false,
  statements: access.statements ?? [],
});

const readGroups = (
  document: SourceDocument,
  groups: readonly (RawSubject & { readonly nested: boolean })[],
): readonly GroupSubject[] =>
  groups.map(({ id, name, nested }, index) => ({
    id: id.toLowerCase(),
    displayName: name,
    nested,
    pim: false,
    expiresAtMs: undefined,
    source: sourceRef(document, ['spec', 'subjects', 'groups', index]),
  }));

const readServicePrincipals = (
  document: SourceDocument,
  servicePrincipals: readonly RawSubject[],
): readonly ServicePrincipalSubject[] =>
  servicePrincipals.map(({ id, name }, index) => ({
    id: id.toLowerCase(),
    displayName: name,
    expiresAtMs: undefined,
    source: sourceRef(document, ['spec', 'subjects', 'servicePrincipals', index]),
  }));

export const checkAccessPolicy = (document: SourceDocument, { spec }: RawPolicy): readonly Finding[] => [
  ...checkSubjects(document, 'groups', spec.subjects.groups ?? []),
  ...checkSubjects(document, 'servicePrincipals', spec.subjects.servicePrincipals ?? []),
  ...checkNested(document, spec),
  ...checkAdmission(document, spec),
  ...checkCharacters(document, ['spec', 'role', 'description'], spec.role.description),
  ...checkContainers(document, spec),
  ...checkAccess(document, readAccess(spec)),
];

const checkSubjects = (
  document: SourceDocument,
  field: 'groups' | 'servicePrincipals',
  subjects: readonly RawSubject[],
): readonly Finding[] => {
  const first = new Map<string, number>();
  return subjects.flatMap(({ id }, index) => {
    const before = first.get(id.toLowerCase());
    first.set(id.toLowerCase(), before ?? index);
    if (before === undefined) return [];
    const message = `is already listed as spec.subjects.${field}[${before}]; remove one of the two`;
    const path = ['spec', 'subjects', field, index, 'id'];
    return [finding(document, 'duplicateSubject', path, message, { severity: 'warning' })];
  });
};

const checkNested = (document: SourceDocument, { subjects }: PolicySpec): readonly Finding[] =>
  (subjects.groups ?? []).flatMap(({ nested }, index) => {
    if (!nested) return [];
    const message =
      'Entra assigns an app role to direct members only, so members of member groups are trusted here and yet get no Role claim; assign the app role to the member groups too, or list them here instead';
    const path = ['spec', 'subjects', 'groups', index, 'nested'];
    return [finding(document, 'nestedGroup', path, message, { severity: 'warning' })];
  });

const checkContainers = (document: SourceDocument, { access }: PolicySpec): readonly Finding[] =>
  [access.ecs ?? []].flat().flatMap(({ allow, containers }, index): readonly Finding[] => {
    const path = grantPath(document, index);
    if (allow.includes('exec') && containers === undefined) {
      const message =
        'exec needs containers: list the containers that it may open a shell in, as the task definition calls them';
      return [finding(document, 'execNeedsContainers', [...path, 'allow'], message)];
    }
    if (!allow.includes('exec') && containers !== undefined) {
      const message =
        'containers says where exec opens shells, and exec is not allowed; remove it, or allow exec';
      return [finding(document, 'execNeedsContainers', [...path, 'containers'], message)];
    }
    return [];
  });

const checkAdmission = (document: SourceDocument, { role, subjects }: PolicySpec): readonly Finding[] => {
  if (role.admission !== 'appRole' || subjects.groups !== undefined) return [];
  const message =
    'admission: appRole admits people, and this policy lists service principals only; write members, or list a group';
  return [finding(document, 'appRoleNeedsGroups', ['spec', 'role', 'admission'], message)];
};
