// A plan arranged for reading, the same for every format: per account what is to be applied, what is held and why, what
// is unknown; then warnings, documents and the values to paste.

import { type Change, subjectOf } from '../domain/change.ts';
import type { HoldReason, Plan, PlannedObject, PlannedRole } from '../domain/plan.ts';
import { accessPolicyName } from '../domain/role.ts';
import { compareText } from '../domain/statement.ts';
import { type ChangeLine, otherLine, personLine } from './change-text.ts';
import { byUrgency } from './hold-reasons.ts';
import { counted } from './words.ts';

export interface RoleLines {
  readonly role: PlannedRole;
  /** People first, then everything else. */
  readonly lines: readonly ChangeLine[];
}

export interface HeldSection {
  readonly reason: HoldReason;
  readonly message: string;
  /** To be committed as it is, when the message offers one. */
  readonly annotation: string | undefined;
  readonly roles: readonly RoleLines[];
}

export interface AccountView {
  readonly plan: Plan;
  readonly apply: readonly RoleLines[];
  readonly held: readonly HeldSection[];
  readonly unknown: readonly PlannedRole[];
  readonly inSync: readonly PlannedRole[];
}

const linesOf = (role: PlannedRole, changes: readonly Change[], tense: 'applied' | 'held'): RoleLines => {
  const people = new Map<string, Change[]>();
  const others: Change[] = [];
  for (const change of changes) {
    const sub = subjectOf(change);
    if (sub === undefined) others.push(change);
    else people.set(sub, [...(people.get(sub) ?? []), change]);
  }
  const admitted = new Map(role.admitted.map((one) => [one.sub, one]));
  const order = ['+', '-', '~'];
  const named = [...people].map(([sub, own]) =>
    personLine(sub, own, admitted.get(sub), role.groupNames, tense),
  );
  return {
    role,
    lines: [
      ...named.sort((a, b) => order.indexOf(a.sign) - order.indexOf(b.sign) || compareText(a.what, b.what)),
      ...others.map((change) => otherLine(change, tense)),
    ],
  };
};

/** A message that ends with an annotation for Git is cut before it, so that the annotation can be copied. */
const splitAnnotation = (message: string): Pick<HeldSection, 'message' | 'annotation'> => {
  const match = /^(.*): (rolewarden\/[\w-]+: ".*")$/s.exec(message);
  return { message: match?.[1] ?? message, annotation: match?.[2] };
};

const heldSections = (roles: readonly PlannedRole[]): readonly HeldSection[] => {
  const groups = new Map<
    string,
    { reason: HoldReason; message: string; changes: Map<PlannedRole, Change[]> }
  >();
  for (const role of roles) {
    for (const { change, hold } of role.held) {
      const key = `${hold.reason}|${hold.message}`;
      const group = groups.get(key) ?? { ...hold, changes: new Map<PlannedRole, Change[]>() };
      group.changes.set(role, [...(group.changes.get(role) ?? []), change]);
      groups.set(key, group);
    }
  }
  return [...groups.values()]
    .sort((a, b) => byUrgency(a.reason, b.reason) || compareText(a.message, b.message))
    .map(({ reason, message, changes }) => ({
      reason,
      ...splitAnnotation(message),
      roles: [...changes].map(([role, own]) => linesOf(role, own, 'held')),
    }));
};

export const viewAccount = (plan: Plan): AccountView => ({
  plan,
  apply: plan.roles
    .filter((role) => role.apply.length > 0)
    .map((role) => linesOf(role, role.apply, 'applied')),
  held: heldSections(plan.roles),
  unknown: plan.roles.filter((role) => role.state === 'unknown'),
  inSync: plan.roles.filter((role) => role.state === 'inSync'),
});

/** `policy payments, policies/payments.yaml:3` */
export const originOf = ({ owner, source }: PlannedObject): string => {
  const kind = owner?.kind === 'TaskRoleBinding' ? 'binding' : 'policy';
  const name = owner === undefined ? 'no policy on its tag' : `${kind} ${owner.name}`;
  return source === undefined ? `${name}, which is gone` : `${name}, ${source.file}:${source.line}`;
};

/** The one sentence for an account in which there is nothing to do; undefined where there is. */
export const nothingToDo = ({ plan }: AccountView): string | undefined => {
  if (plan.roles.some((role) => role.state !== 'inSync')) return undefined;
  const settling = plan.roles.filter((role) => role.isSettling).length;
  const late =
    settling === 0
      ? ''
      : `; AWS does not show the last write to ${counted(settling, 'role')} yet, which is usual for some minutes`;
  return plan.roles.length === 0
    ? 'no policy names this account and it has no role of ours; nothing to do'
    : `${plan.roles.length === 1 ? 'the one role is' : `all ${plan.roles.length} roles are`} as the policies say; nothing to do${late}`;
};

export interface DocumentChange {
  readonly role: PlannedRole;
  readonly name: string;
  readonly isHeld: boolean;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const writtenDocuments = (role: PlannedRole): readonly DocumentChange[] => {
  const documents = new Map<string, DocumentChange>();
  /** Several writes of one document are shown as one: what there was first, and what there is last. */
  const note = (name: string, before: string | undefined, after: string | undefined): void => {
    const known = documents.get(name);
    documents.set(name, {
      role,
      name,
      isHeld: false,
      before: known === undefined ? before : known.before,
      after,
    });
  };
  for (const write of role.writes) {
    if (write.op === 'createRole') note('trust policy', undefined, write.role.trustDocument);
    if (write.op === 'updateTrust') note('trust policy', write.before, write.after);
    if (write.op === 'putInlinePolicy') note(inlineName(write.policyName), write.before, write.after);
    if (write.op === 'deleteInlinePolicy') note(inlineName(write.policyName), write.before, undefined);
  }
  return [...documents.values()];
};

const inlineName = (policyName: string): string =>
  policyName === accessPolicyName ? 'permissions' : `inline policy ${policyName}`;

const heldDocuments = (role: PlannedRole): readonly DocumentChange[] =>
  role.held.flatMap(({ change: { detail } }): readonly DocumentChange[] => {
    if (detail.kind === 'putPermissions')
      return [{ role, name: 'permissions', isHeld: true, before: detail.before, after: detail.after }];
    if (detail.kind !== 'stripPolicy') return [];
    const after =
      detail.keep.length === 0
        ? undefined
        : JSON.stringify({ Version: '2012-10-17', Statement: detail.keep });
    return [{ role, name: inlineName(detail.policyName), isHeld: true, before: detail.before, after }];
  });

/** The trust policy as it would be with nothing held, if any of its changes are. */
const heldTrust = (role: PlannedRole): readonly DocumentChange[] => {
  const isHeld = role.held.some(
    ({ change: { detail } }) => detail.kind === 'grant' || detail.kind === 'revoke',
  );
  const isWritten = role.writes.some(({ op }) => op === 'updateTrust' || op === 'createRole');
  if (!isHeld || isWritten || role.trust === undefined) return [];
  return [{ role, name: 'trust policy', isHeld, before: role.trust.before, after: role.trust.wanted }];
};

/** Every document that would change. Where a part of a trust policy is written and a part held, what is written is shown. */
export const documentsOf = ({ roles }: Plan): readonly DocumentChange[] =>
  roles.flatMap((role) => [...writtenDocuments(role), ...heldTrust(role), ...heldDocuments(role)]);

/** `2 to apply, 1 held, 3 in sync, 0 unknown`, with how many changes that is. */
export const summaryOf = (plans: readonly Plan[]): string => {
  const roles = plans.flatMap((plan) => plan.roles);
  const count = (state: PlannedRole['state']): number => roles.filter((role) => role.state === state).length;
  const apply = roles.reduce((sum, role) => sum + role.apply.length, 0);
  const held = roles.reduce((sum, role) => sum + role.held.length, 0);
  const changes = apply + held === 0 ? '' : ` (${counted(apply, 'change')} to apply, ${held} held)`;
  return (
    `${counted(roles.length, 'role')} in ${counted(plans.length, 'account')}: ${count('apply')} to apply, ` +
    `${count('hold')} held, ${count('inSync')} in sync, ${count('unknown')} unknown${changes}`
  );
};
