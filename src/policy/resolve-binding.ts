// A binding and its account: whether there is one, and whether region, role and boundary are the account's.

import type { Account, BoundTaskRole, TaskRoleBinding } from '../domain/policy.ts';
import { accountWithAddress, checkArn, checkRegionInUse } from './belongs-to-account.ts';
import type { FieldPath } from './field-path.ts';
import { missingObject, type Surroundings } from './references.ts';
import { type Finding, finding, type Placed, type SourceDocument } from './source-document.ts';
import type { BindingDraft, TaskRoleDraft } from './task-role-binding.ts';
import { quote } from './words.ts';

export interface ResolvedBinding {
  /** undefined: `findings` says why. */
  readonly placed: Placed<TaskRoleBinding> | undefined;
  readonly findings: readonly Finding[];
}

export const resolveBinding = (
  { document, object: draft }: Placed<BindingDraft>,
  around: Surroundings,
): ResolvedBinding => {
  const account = around.accounts.find(({ meta }) => meta.name === draft.account);
  if (account === undefined) {
    const { rule, message } = missingObject('Account', draft.account, 'binding', around);
    return { placed: undefined, findings: [finding(document, rule, ['spec', 'account'], message)] };
  }
  const findings = [
    ...checkRegionInUse(document, ['spec', 'region'], draft.place.region, account),
    ...checkTaskRole(document, draft.taskRole, account),
  ];
  if (findings.length > 0) return { placed: undefined, findings };
  return {
    placed: { document, object: { ...draft, taskRole: resolveTaskRole(draft.taskRole, account) } },
    findings,
  };
};

const resolveTaskRole = (role: TaskRoleDraft, { permissionsBoundary }: Account): BoundTaskRole =>
  role.kind === 'existing' ? role : { ...role, boundary: role.boundary ?? permissionsBoundary };

const checkTaskRole = (
  document: SourceDocument,
  role: TaskRoleDraft,
  account: Account,
): readonly Finding[] => {
  if (role.kind === 'made') return checkBoundary(document, role.boundary, account);
  const { accountId, partition } = account;
  const called = accountWithAddress(account);
  const fields = { accountId: 'spec.account', partition: 'spec.account' };
  const path = ['spec', 'taskRole', 'arn'];
  return [
    ...checkArn(document, path, role.arn, { accountId, partition, called, fields }),
    ...checkSpokeRole(document, path, role.arn, account),
  ];
};

/** Whoever runs tasks with it could change every role that is kept here. */
const checkSpokeRole = (
  document: SourceDocument,
  path: FieldPath,
  arn: string,
  account: Account,
): readonly Finding[] => {
  if (arn !== account.spokeRole?.arn) return [];
  const message = `${quote(arn)} is the role with which Rolewarden itself works in ${accountWithAddress(account)}; bind another role`;
  return [finding(document, 'spokeRoleBound', path, message)];
};

/** A boundary caps what a pull request can give, so it is not for the same pull request to choose it freely. */
const checkBoundary = (
  document: SourceDocument,
  boundary: string | undefined,
  account: Account,
): readonly Finding[] => {
  const allowed = [account.permissionsBoundary, ...account.taskRoleBoundaries];
  if (boundary === undefined || allowed.includes(boundary)) return [];
  const message = `${quote(boundary)} is no boundary of ${accountWithAddress(account)}; add it to spec.taskRoleBoundaries there, or remove it here to have its permissionsBoundary`;
  return [finding(document, 'boundaryNotAllowed', ['spec', 'taskRole', 'boundary'], message)];
};
