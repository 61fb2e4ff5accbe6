// What needs a person's eye in a role and holds nothing by itself.

import { readDenies } from '../domain/denies.ts';
import { minuteOf } from '../domain/moment.ts';
import { deniesOf, hasAllow } from '../domain/permissions.ts';
import { denyPolicyName, isDenyPolicy } from '../domain/role.ts';
import { sortedUnique } from '../domain/statement.ts';
import type { RoleWrite } from '../domain/write.ts';
import { chainingWarnings } from './findings/chaining.ts';
import { deniesProblemMessage } from './guards/documents.ts';
import { notAdoptedMessage } from './guards/shared-role.ts';
import { isAdmittedByOthers } from './others.ts';
import type { PlanInput, RoleFacts } from './plan-input.ts';
import { isClosed } from './trust-changes.ts';

/** Reading a document costs more than looking for the word, which only an escape could hide. */
const mayHoldDeny = (document: string): boolean => document.includes('Deny') || document.includes('\\');

const foreignDenyWarnings = (role: RoleFacts): readonly string[] => {
  const { observed, trust } = role;
  if (observed === undefined || role.isShared) return [];
  const inline = observed.inlinePolicies.filter(
    ({ name, document }) =>
      !isDenyPolicy(name) &&
      mayHoldDeny(document) &&
      (deniesOf(document)?.length ?? 0) > 0 &&
      hasAllow(document) === false,
  );
  return [
    ...(trust.foreignDenies.length > 0
      ? [
          `the trust policy holds ${trust.foreignDenies.length} Deny statement(s) that are not ours; they are kept`,
        ]
      : []),
    ...(role.denies.foreign.length > 0
      ? [
          `${denyPolicyName} holds ${role.denies.foreign.length} Deny statement(s) that are not ours; they are kept`,
        ]
      : []),
    ...inline.map((policy) => `the inline policy ${policy.name} holds only Denies and is kept`),
  ];
};

/** Said loudly: colleagues who did nothing have to sign in again. */
const everyoneWarnings = (role: RoleFacts, writes: readonly RoleWrite[]): readonly string[] => {
  const planned = writes.findLast((write) => write.op === 'putDenies');
  const read = readDenies(planned?.after);
  const { everyone } = planned !== undefined && read.ok ? read.denies : role.denies;
  if (everyone === undefined) return [];
  const [before, until] = [everyone.issuedBeforeMs, everyone.untilMs].map(minuteOf);
  return [
    `all sessions that began before ${before} are denied until ${until}, since somebody who left cannot be told from others, or for want of room; whoever belongs here signs in again`,
  ];
};

const deniesWarnings = (role: RoleFacts): readonly string[] =>
  role.deniesProblem === undefined ? [] : [deniesProblemMessage(role.deniesProblem)];

const orphanWarnings = (role: RoleFacts): readonly string[] =>
  role.desired === undefined &&
  role.owner?.kind !== 'TaskRoleBinding' &&
  !role.isShared &&
  isClosed(role.trust)
    ? [
        `the policy ${role.owner?.name ?? '(unknown)'} is gone; the role is closed and kept (its prune tag does not say true, or it waits)`,
      ]
    : [];

/** Whom others let in is theirs to put out, and has to be known. */
const sharedWarnings = (role: RoleFacts, input: PlanInput): readonly string[] => {
  if (!role.isShared) return [];
  const message = notAdoptedMessage(role, input);
  if (message !== undefined) return [message];
  const leaving = [...role.trust.grants].flatMap(([key, grant]) =>
    grant.kind === 'person' && role.desired?.grants.has(key) !== true ? [grant] : [],
  );
  const staying = sortedUnique(
    leaving.flatMap((grant) => (isAdmittedByOthers(role, grant, input.nowMs) ? [grant.sub] : [])),
  );
  return staying.map(
    (sub) =>
      `${role.desired?.names.get(sub) ?? sub} stays in by a statement of others in the trust policy; ask the owner of the role to take it out`,
  );
};

/** `writes`: what is planned for the role. */
export const roleWarnings = (
  role: RoleFacts,
  writes: readonly RoleWrite[],
  input: PlanInput,
): readonly string[] => [
  ...(role.desired?.warnings ?? []),
  ...(role.desired?.doubtful.values() ?? []),
  ...foreignDenyWarnings(role),
  ...sharedWarnings(role, input),
  ...deniesWarnings(role),
  ...chainingWarnings(role.desired, input),
  ...everyoneWarnings(role, writes),
  ...orphanWarnings(role),
];
