// AccessPolicy: the typed policy before its accounts are known, and what one policy can get wrong by itself.

import type { Access } from '../domain/access.ts';
import type { AccessPolicy, EcsGrant, Mode, PermissionStatement, RoleOwnership } from '../domain/policy.ts';
import { checkAccess, grantPath } from './access.ts';
import { checkBreakGlass } from './break-glass.ts';
import { checkExpiry } from './expiry.ts';
import { durationMs, endMs, type RawObject, readMeta } from './meta.ts';
import { checkOwnership } from './shared-role.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';
import { checkStanding } from './standing-access.ts';
import { checkCharacters } from './statements.ts';
import { checkSubjects, type RawGroup, type RawSubjects, readGroup, readSubjects } from './subjects.ts';

type RawGrant = Omit<EcsGrant, 'containers'> & { readonly containers?: readonly string[] };

interface PolicySpec {
  readonly accounts: {
    readonly names?: readonly string[];
    readonly selector?: { readonly matchLabels: Readonly<Record<string, string>> };
  };
  readonly federation: string;
  readonly subjects: RawSubjects;
  readonly role: {
    readonly name: string;
    readonly description: string;
    readonly maxSession: string;
    readonly admission: 'members' | 'appRole';
    readonly ownership: RoleOwnership;
  };
  readonly access?: {
    readonly ecs?: RawGrant | readonly RawGrant[];
    readonly cli?: boolean;
    readonly statements?: readonly PermissionStatement[];
  };
  readonly mode?: Mode;
  readonly suspend: boolean;
  readonly prune: boolean;
  readonly expiresAt?: string;
  readonly standing: AccessPolicy['standing'];
  readonly breakGlass?: RawGroup;
  readonly onStale: AccessPolicy['onStale'];
  readonly afterRevoke: AccessPolicy['afterRevoke'];
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
    ...readSubjects(document, spec.subjects),
    role: {
      name: spec.role.name,
      description: spec.role.description,
      maxSessionSeconds: durationMs(spec.role.maxSession) / 1_000,
      admission: spec.role.admission,
      ownership: spec.role.ownership,
    },
    ...readAccess(spec),
    mode: spec.mode,
    suspend: spec.suspend,
    prune: spec.prune,
    expiresAtMs: endMs(spec.expiresAt),
    standing: spec.standing,
    breakGlass: spec.breakGlass && readGroup(document, ['spec', 'breakGlass'], spec.breakGlass),
    onStale: spec.onStale,
    afterRevoke: spec.afterRevoke,
  };
};

/** One grant may stand without a list. */
const readAccess = ({ access = {} }: PolicySpec): Access => ({
  ecs: (access.ecs === undefined ? [] : [access.ecs].flat()).map(({ containers = [], ...grant }) => ({
    ...grant,
    containers,
  })),
  cli: access.cli ?? false,
  statements: access.statements ?? [],
});

/** `policy` is what `readAccessPolicy` made of the document. */
export const checkAccessPolicy = (
  document: SourceDocument,
  { spec }: RawPolicy,
  policy: PolicyDraft,
): readonly Finding[] => [
  ...checkSubjects(document, policy),
  ...checkExpiry(document, policy),
  ...checkStanding(document, policy),
  ...checkBreakGlass(document, policy),
  ...checkOwnership(document, policy, spec.access !== undefined),
  ...checkAdmission(document, spec),
  ...checkCharacters(document, ['spec', 'role', 'description'], spec.role.description),
  ...checkContainers(document, spec),
  ...checkAfterRevoke(document, policy),
  ...checkAccess(document, policy),
];

const checkContainers = (document: SourceDocument, { access = {} }: PolicySpec): readonly Finding[] =>
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

const checkAfterRevoke = (
  document: SourceDocument,
  { afterRevoke, ecs }: PolicyDraft,
): readonly Finding[] => {
  if (afterRevoke !== 'stopTask' || ecs.some(({ allow }) => allow.includes('exec'))) return [];
  const message =
    'has no effect, because the policy opens no shells, and only tasks with shells are stopped; remove it, or allow exec';
  const path = ['spec', 'afterRevoke'];
  return [finding(document, 'stopWithoutShells', path, message, { severity: 'warning' })];
};

const checkAdmission = (document: SourceDocument, { role, subjects }: PolicySpec): readonly Finding[] => {
  if (role.admission !== 'appRole' || subjects.groups !== undefined) return [];
  const message =
    'admission: appRole admits people, and this policy lists service principals only; write members, or list a group';
  return [finding(document, 'appRoleNeedsGroups', ['spec', 'role', 'admission'], message)];
};
