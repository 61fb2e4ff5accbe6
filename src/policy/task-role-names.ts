// A task role that a binding makes, and that a policy or another binding would make too in the same account.

import { serviceKey } from '../domain/ecs.ts';
import type { Account } from '../domain/policy.ts';
import { roleArn } from '../domain/role.ts';
import type { PolicyDraft } from './access-policy.ts';
import { repeated } from './duplicates.ts';
import { resolveAccounts, type Surroundings } from './references.ts';
import { addressOf, type Finding, finding, type Placed, type SourceDocument } from './source-document.ts';
import type { BindingDraft } from './task-role-binding.ts';
import { quote } from './words.ts';

interface MadeRole {
  readonly document: SourceDocument;
  readonly account: Account;
  readonly name: string;
  /** What makes it; undefined: a policy. */
  readonly binding: BindingDraft | undefined;
  /** The name of the binding or policy. */
  readonly by: string;
}

/**
 * Reported on the binding: a role for people is never given to tasks, whichever was there first. Of two bindings neither is
 * used, for the reason that `duplicateNames` has. Objects that are broken otherwise count too: they are not gone.
 */
export const taskRoleNameClashes = (
  bindings: readonly Placed<BindingDraft>[],
  policies: readonly Placed<PolicyDraft>[],
  around: Surroundings,
): readonly Finding[] => {
  const made = [
    ...policies.flatMap((policy) => madeByPolicy(policy, around)),
    ...bindings.flatMap((binding) => madeByBinding(binding, around)),
  ];
  return repeated(made, roleKey).flatMap(([one, other]) =>
    one.binding === undefined || isSaidAlready(one.binding, other.binding) ? [] : [clash(one, other)],
  );
};

/** IAM compares role names without regard to case. */
const roleKey = ({ account, name }: MadeRole): string => `${account.meta.name}/${name.toLowerCase()}`;

const madeByPolicy = ({ document, object }: Placed<PolicyDraft>, around: Surroundings): readonly MadeRole[] =>
  resolveAccounts(document, object, around).accounts.map((account) => ({
    document,
    account,
    name: object.role.name,
    binding: undefined,
    by: object.meta.name,
  }));

const madeByBinding = (
  { document, object }: Placed<BindingDraft>,
  { accounts }: Surroundings,
): readonly MadeRole[] => {
  const { taskRole } = object;
  if (taskRole.kind === 'existing') return [];
  return accounts
    .filter(({ meta }) => meta.name === object.account)
    .map((account) => ({ document, account, name: taskRole.name, binding: object, by: object.meta.name }));
};

/** A copied binding breaks one rule, not two. */
const isSaidAlready = (one: BindingDraft, other: BindingDraft | undefined): boolean =>
  other !== undefined &&
  (one.meta.name === other.meta.name || serviceKey(one.place) === serviceKey(other.place));

const clash = (one: MadeRole, other: MadeRole): Finding => {
  const role = `the role ${quote(one.name)} in ${one.account.meta.name}`;
  const where = addressOf(other.document, []);
  const message =
    other.binding === undefined
      ? `${role} is already made by the AccessPolicy ${quote(other.by)} in ${where}; rename it here, until then this binding is not used`
      : `${role} is also made by the TaskRoleBinding ${quote(other.by)} in ${where}; rename one, or write arn: ${roleArn(one.account, other.name)} here in the place of name, permissions and boundary; until then neither is used`;
  return finding(one.document, 'taskRoleNameClash', ['spec', 'taskRole', 'name'], message);
};
