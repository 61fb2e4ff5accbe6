// A plan arranged for reading, the same for every format: per account what is to be applied, what is held and why, what
// is unknown; then warnings, documents and the values to paste.

import { type Change, subjectOf } from '../domain/change.ts';
import {
  type HoldReason,
  type Plan,
  type PlannedObject,
  type PlannedRole,
  type PlannedService,
  isEmptyPlan,
  objectsOf,
} from '../domain/plan.ts';
import { accessPolicyName } from '../domain/role.ts';
import { compareText, renderDocument } from '../domain/statement.ts';
import type { ChangeLine, Tense } from './change-line.ts';
import { otherLine } from './change-text.ts';
import { deniesIn } from '../domain/denies.ts';
import { plannedDenies } from './deny-documents.ts';
import { type DenyContext, denyLines } from './deny-text.ts';
import { deploymentLines } from './deployment-text.ts';
import { byUrgency } from './hold-reasons.ts';
import { labelIn } from './labels.ts';
import { countedLines } from './nameless-plan.ts';
import { personLine } from './person-text.ts';
import { counted } from './words.ts';

export interface ObjectLines {
  readonly planned: PlannedRole | PlannedService;
  /** People first, then everything else. */
  readonly lines: readonly ChangeLine[];
}

export interface HeldSection {
  readonly reason: HoldReason;
  readonly message: string;
  /** To be committed as it is, when the message offers one. */
  readonly annotation: string | undefined;
  readonly objects: readonly ObjectLines[];
}

export interface AccountView {
  readonly plan: Plan;
  readonly apply: readonly ObjectLines[];
  readonly held: readonly HeldSection[];
  readonly unknown: readonly PlannedObject[];
  readonly inSync: readonly (PlannedRole | PlannedService)[];
}

const lineOrder = ['+', '-', '~'];

const byLine = (a: ChangeLine, b: ChangeLine): number =>
  lineOrder.indexOf(a.sign) - lineOrder.indexOf(b.sign) || compareText(a.what, b.what);

const roleLines = (role: PlannedRole, changes: readonly Change[], tense: Tense): readonly ChangeLine[] => {
  const admitted = new Map(role.admitted().map((one) => [one.sub, one]));
  const denies: DenyContext = {
    before: deniesIn(role.denies),
    after: deniesIn(plannedDenies(role)),
    labelOf: labelIn(role, admitted),
    tense,
  };
  const people = new Map<string, Change[]>();
  const others: ChangeLine[] = [];
  for (const change of changes) {
    const sub = subjectOf(change);
    const ofDenies = denyLines(change, denies);
    if (ofDenies.length > 0) others.push(...ofDenies);
    else if (sub === undefined) others.push(otherLine(change, tense, denies));
    else people.set(sub, [...(people.get(sub) ?? []), change]);
  }
  const named = [...people].map(([sub, own]) => personLine(sub, own, role, admitted.get(sub), denies));
  return countedLines([
    ...[...named, ...others.filter(({ isPerson }) => isPerson)].sort(byLine),
    ...others.filter(({ isPerson }) => !isPerson),
  ]);
};

const linesOf = (
  planned: PlannedRole | PlannedService,
  changes: readonly Change[],
  tense: Tense,
): ObjectLines => ({
  planned,
  lines:
    planned.object === 'Role'
      ? roleLines(planned, changes, tense)
      : [...changes.map((change) => otherLine(change, tense)), ...deploymentLines(planned, changes, tense)],
});

/** A message that ends with an annotation for Git is cut before it, so that the annotation can be copied. */
const splitAnnotation = (message: string): Pick<HeldSection, 'message' | 'annotation'> => {
  const match = /^(.*): (rolewarden\/[\w-]+: ".*")$/s.exec(message);
  return { message: match?.[1] ?? message, annotation: match?.[2] };
};

const heldSections = (objects: readonly (PlannedRole | PlannedService)[]): readonly HeldSection[] => {
  type Changes = Map<PlannedRole | PlannedService, Change[]>;
  const groups = new Map<string, { reason: HoldReason; message: string; changes: Changes }>();
  for (const planned of objects) {
    for (const { change, hold } of planned.held) {
      const key = `${hold.reason}|${hold.message}`;
      const group = groups.get(key) ?? { ...hold, changes: new Map() };
      group.changes.set(planned, [...(group.changes.get(planned) ?? []), change]);
      groups.set(key, group);
    }
  }
  return [...groups.values()]
    .sort((a, b) => byUrgency(a.reason, b.reason) || compareText(a.message, b.message))
    .map(({ reason, message, changes }) => ({
      reason,
      ...splitAnnotation(message),
      objects: [...changes].map(([planned, own]) => linesOf(planned, own, 'held')),
    }));
};

export const viewAccount = (plan: Plan): AccountView => {
  const objects = objectsOf(plan);
  return {
    plan,
    apply: objects
      .filter(({ apply }) => apply.length > 0)
      .map((planned) => linesOf(planned, planned.apply, 'applied')),
    held: heldSections(objects),
    unknown: objects.filter(({ state }) => state === 'unknown'),
    inSync: objects.filter(({ state }) => state === 'inSync'),
  };
};

/** `policy payments, policies/payments.yaml:3` */
export const originOf = ({ owner, source }: PlannedObject): string => {
  const kind = owner?.kind === 'TaskRoleBinding' ? 'binding' : 'policy';
  const name = owner === undefined ? 'a policy that nothing names' : `${kind} ${owner.name}`;
  return source === undefined ? `${name}, which is gone` : `${name}, ${source.file}:${source.line}`;
};

/** The one sentence for an account in which there is nothing to do; undefined where there is. */
export const nothingToDo = ({ plan }: AccountView): string | undefined => {
  if (!isEmptyPlan(plan)) return undefined;
  const settling = plan.roles.filter((role) => role.isSettling).length;
  const late =
    settling === 0
      ? ''
      : `; AWS does not show the last write to ${counted(settling, 'role')} yet, which is usual for some minutes`;
  if (objectsOf(plan).length === 0)
    return 'no policy names this account and it has no role of ours; nothing to do';
  const all = (count: number, noun: string): readonly string[] =>
    count === 0 ? [] : [count === 1 ? `the one ${noun}` : `all ${count} ${noun}s`];
  const objects = [...all(plan.roles.length, 'role'), ...all(plan.services.length, 'service')].join(' and ');
  const verb = plan.roles.length + plan.services.length === 1 ? 'is' : 'are';
  return `${objects} ${verb} as the policies say; nothing to do${late}`;
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
    if (write.op === 'putDenies') note(inlineName(write.policyName), write.before, write.after);
    if (write.op === 'putInlinePolicy') note(inlineName(write.policyName), write.before, write.after);
    if (write.op === 'deleteInlinePolicy') note(inlineName(write.policyName), write.before, undefined);
  }
  return [...documents.values()];
};

const inlineName = (policyName: string): string =>
  policyName === accessPolicyName ? 'permissions' : `inline policy ${policyName}`;

/** The document that one change replaces, other than the trust policy; undefined: it replaces none. */
export const documentOf = ({
  detail,
}: Change):
  | { readonly name: string; readonly before: string | undefined; readonly after: string | undefined }
  | undefined => {
  if (detail.kind === 'putPermissions')
    return { name: 'permissions', before: detail.before, after: detail.after };
  if (detail.kind !== 'stripPolicy') return undefined;
  const after = detail.keep.length === 0 ? undefined : renderDocument(detail.keep);
  return { name: inlineName(detail.policyName), before: detail.before, after };
};

const heldDocuments = (role: PlannedRole): readonly DocumentChange[] =>
  role.held.flatMap(({ change }): readonly DocumentChange[] => {
    const document = documentOf(change);
    return document === undefined ? [] : [{ role, isHeld: true, ...document }];
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

/** Documents that name nobody, whatever they say: all but trust policies and denies, and what others have written. */
export const namesNobody = ({ name }: DocumentChange): boolean => name === inlineName(accessPolicyName);

/** Every document that would change. Where a part of a trust policy is written and a part held, what is written is shown. */
export const documentsOf = ({ roles }: Plan): readonly DocumentChange[] =>
  roles.flatMap((role) => [...writtenDocuments(role), ...heldTrust(role), ...heldDocuments(role)]);

/** `2 to apply, 1 held, 3 in sync, 0 unknown`, with how many changes that is. */
export const summaryOf = (plans: readonly Plan[]): string => {
  const objects = plans.flatMap(objectsOf);
  const count = (state: PlannedObject['state']): number =>
    objects.filter((planned) => planned.state === state).length;
  const apply = objects.reduce((sum, planned) => sum + planned.apply.length, 0);
  const held = objects.reduce((sum, planned) => sum + planned.held.length, 0);
  const changes = apply + held === 0 ? '' : ` (${counted(apply, 'change')} to apply, ${held} held)`;
  const services = plans.reduce((sum, plan) => sum + plan.services.length, 0);
  const roles = counted(objects.length - services, 'role');
  const what = services === 0 ? roles : `${roles} and ${counted(services, 'service')}`;
  return (
    `${what} in ${counted(plans.length, 'account')}: ${count('apply')} to apply, ` +
    `${count('hold')} held, ${count('inSync')} in sync, ${count('unknown')} unknown${changes}`
  );
};
