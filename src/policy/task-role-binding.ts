// TaskRoleBinding: the typed binding before its account is known, and what one binding can get wrong by itself.

import type { BoundTaskRole, Mode, PermissionStatement, Rollout, TaskRoleBinding } from '../domain/policy.ts';
import { inlinePolicyQuotaChars } from '../domain/role.ts';
import { execStatement } from '../domain/task-role.ts';
import type { FieldPath } from './field-path.ts';
import { type RawObject, readMeta } from './meta.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';
import { charsOf, checkStatements, costsOfStatements, documentChars } from './statements.ts';
import { quote, thousands } from './words.ts';

interface BindingSpec {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  readonly service: string;
  /** Either `name`, perhaps with the two after it, or `arn`. */
  readonly taskRole: {
    readonly name?: string;
    readonly permissions?: readonly PermissionStatement[];
    readonly boundary?: string;
    readonly arn?: string;
  };
  readonly exec: { readonly enabled: boolean };
  readonly rollout: Rollout;
  readonly allowMutableTags: boolean;
  readonly mode?: Mode;
  readonly suspend: boolean;
}

export type RawBinding = RawObject<BindingSpec>;

type MadeTaskRole = Extract<BoundTaskRole, { readonly kind: 'made' }>;

/** `boundary` is resolved once the account is known; undefined: the account's own. */
export type TaskRoleDraft =
  | (Omit<MadeTaskRole, 'boundary'> & { readonly boundary: string | undefined })
  | Exclude<BoundTaskRole, MadeTaskRole>;

export type BindingDraft = Omit<TaskRoleBinding, 'taskRole'> & { readonly taskRole: TaskRoleDraft };

export const readTaskRoleBinding = (document: SourceDocument, raw: RawBinding): BindingDraft => {
  const { account, region, cluster, service, taskRole, exec, rollout, allowMutableTags, mode, suspend } =
    raw.spec;
  return {
    meta: readMeta(document, raw),
    account,
    place: { region, cluster, service },
    taskRole: readTaskRole(taskRole),
    exec: exec.enabled,
    rollout,
    allowMutableTags,
    mode,
    suspend,
  };
};

const readTaskRole = ({
  name = '',
  permissions = [],
  boundary,
  arn,
}: BindingSpec['taskRole']): TaskRoleDraft =>
  arn === undefined ? { kind: 'made', name, statements: permissions, boundary } : { kind: 'existing', arn };

const permissionsPath: FieldPath = ['spec', 'taskRole', 'permissions'];

export const checkTaskRoleBinding = (
  document: SourceDocument,
  { taskRole, exec }: BindingDraft,
): readonly Finding[] =>
  taskRole.kind === 'existing'
    ? []
    : [
        ...checkGives(document, taskRole, exec),
        ...checkSize(document, taskRole, exec),
        ...checkStatements(document, permissionsPath, taskRole.statements),
      ];

const checkGives = (
  document: SourceDocument,
  { name, statements }: Pick<MadeTaskRole, 'name' | 'statements'>,
  exec: boolean,
): readonly Finding[] => {
  if (statements.length > 0 || exec) return [];
  const message = `the role ${quote(name)} gives nothing, since it has no permissions and exec is not enabled; list permissions, enable exec, or bind a role that exists by its arn`;
  return [finding(document, 'emptyTaskRole', ['spec', 'taskRole', 'name'], message)];
};

/** All of it: denies are for people, and no person enters a task role. */
const checkSize = (
  document: SourceDocument,
  { statements }: Pick<MadeTaskRole, 'statements'>,
  exec: boolean,
): readonly Finding[] => {
  const added = exec ? [execStatement] : [];
  const size = documentChars([...statements, ...added]);
  if (size <= inlinePolicyQuotaChars) return [];
  const costs = [
    ...costsOfStatements('permissions', statements),
    ...(exec ? [`what exec needs ${thousands(charsOf(added))}`] : []),
  ];
  const message = `the permissions have ${thousands(size)} characters as compact JSON, and at most ${thousands(inlinePolicyQuotaChars)} fit; use wildcards, or bind a role that is made elsewhere by its arn. Each costs: ${costs.join(', ')}`;
  return [finding(document, 'statementsTooLong', permissionsPath, message, { part: 'key' })];
};
