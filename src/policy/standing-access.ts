// Standing access: who is in without an end, and whether a policy that forbids it can be kept.
//
// | with standing: forbidden     | what is said                                                       |
// |------------------------------|--------------------------------------------------------------------|
// | admission: appRole           | error: the trust policy refuses nobody by name                     |
// | no group with pim: true      | error: no member could ever be admitted                            |
// | some groups without it       | warning for each: nobody enters through it                         |
// | a service principal, no end  | warning: it has no activations, and is in all the time             |
// | breakGlass                   | nothing: its members are in all the time, which is what it is for  |

import type { AccessPolicy } from '../domain/policy.ts';
import type { FieldPath } from './field-path.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';
import { groupPath, servicePrincipalPath } from './subjects.ts';

type Standing = Pick<AccessPolicy, 'standing' | 'groups' | 'servicePrincipals' | 'expiresAtMs' | 'role'>;

const path: FieldPath = ['spec', 'standing'];

export const checkStanding = (document: SourceDocument, policy: Standing): readonly Finding[] => {
  if (policy.standing !== 'forbidden') return [];
  if (policy.role.admission === 'appRole') {
    const message =
      'with admission: appRole the trust policy lets in whoever Entra gives the app role, so members without an end cannot be refused; remove this, or write admission: members';
    return [finding(document, 'needsListedMembers', path, message)];
  }
  const ended = policy.groups.filter(({ pim }) => pim);
  return ended.length === 0
    ? [nobodyEnters(document, policy)]
    : [...closedGroups(document, policy), ...workloads(document, policy)];
};

const nobodyEnters = (document: SourceDocument, { groups }: Standing): Finding => {
  const message =
    groups.length === 0
      ? 'this is about members of groups, and the policy lists service principals only, which have no activations; remove it, and give them an expiresAt'
      : 'this admits only members whose activation or assignment ends, and no group has pim: true, so none of them could ever be admitted; write pim: true at the groups that Privileged Identity Management rules over, or standing: allowed';
  return finding(document, 'standingNeedsPim', path, message);
};

const closedGroups = (document: SourceDocument, { groups }: Standing): readonly Finding[] =>
  groups.flatMap(({ pim }, index) => {
    if (pim) return [];
    const message =
      'nobody enters through this group, because its members have no end, and standing is forbidden; write pim: true if Privileged Identity Management rules over it, or remove it';
    return [
      finding(document, 'standingNeedsPim', [...groupPath(index), 'id'], message, { severity: 'warning' }),
    ];
  });

/** An end of the policy is one of all its subjects. */
const workloads = (
  document: SourceDocument,
  { servicePrincipals, expiresAtMs: policyEndMs }: Standing,
): readonly Finding[] =>
  servicePrincipals.flatMap(({ expiresAtMs }, index) => {
    if (expiresAtMs !== undefined || policyEndMs !== undefined) return [];
    const message =
      'a service principal has no activations, so it is in all the time, although standing is forbidden; give it an expiresAt, or move it to a policy of its own';
    const at = [...servicePrincipalPath(index), 'id'];
    return [finding(document, 'standingWorkload', at, message, { severity: 'warning' })];
  });
