// Whether the task role lets the agent of ECS Exec work: its inline and attached policies and its boundary, evaluated as
// IAM would. Service control policies are invisible here.

import { type AccessRequest, mayAct } from '../../domain/access-evaluator.ts';
import type { AccountPlace } from '../../domain/ecs-grants.ts';
import type { ExecSettings } from '../../domain/ecs.ts';
import type { Reading } from '../../domain/reading.ts';
import { type ObservedAccount, type ObservedRole, roleOf } from '../../domain/role.ts';
import { sortedUnique } from '../../domain/statement.ts';
import { execActions } from '../../domain/task-role.ts';
import type { ExecFinding } from './exec-service-checks.ts';

/** Service control policies can deny all of this, and nobody but the organization sees them. */
const invisible = 'service control policies are not visible from here';

export interface RoleScene {
  readonly observed: ObservedAccount;
  readonly managedPolicies: ReadonlyMap<string, Reading<string>>;
  readonly exec: ExecSettings;
  readonly place: AccountPlace;
  readonly region: string;
  readonly nowMs: number;
}

/** The managed policies whose documents decide what a role may do. */
export const managedPoliciesOf = (role: ObservedRole): readonly string[] =>
  sortedUnique([
    ...role.attachedPolicyArns,
    ...(role.permissionsBoundary === undefined ? [] : [role.permissionsBoundary]),
  ]);

interface KnownDocuments {
  readonly ok: true;
  readonly policies: readonly string[];
  readonly boundary: string | undefined;
}
type Documents = KnownDocuments | { readonly ok: false; readonly because: string };

const documentsOf = (role: ObservedRole, { managedPolicies }: RoleScene): Documents => {
  const documents = new Map<string, string>();
  for (const arn of managedPoliciesOf(role)) {
    const reading = managedPolicies.get(arn);
    if (reading?.state !== 'present') {
      const why = reading?.state === 'unreadable' ? `: ${reading.problem.message}` : '';
      return { ok: false, because: `the managed policy ${arn} could not be read${why}` };
    }
    documents.set(arn, reading.value);
  }
  const { permissionsBoundary: boundary } = role;
  return {
    ok: true,
    policies: [
      ...role.inlinePolicies.map(({ document }) => document),
      ...role.attachedPolicyArns.flatMap((arn) => documents.get(arn) ?? []),
    ],
    boundary: boundary === undefined ? undefined : documents.get(boundary),
  };
};

interface Verdicts {
  readonly denied: readonly string[];
  readonly unknown: readonly string[];
}

const ask = (
  documents: KnownDocuments,
  requests: readonly Pick<AccessRequest, 'action' | 'resource'>[],
  { region, nowMs }: RoleScene,
): Verdicts => {
  const verdicts = requests.map((request) => ({
    action: request.action,
    ...mayAct(documents, {
      ...request,
      context: new Map([['aws:requestedregion', [region]]]),
      atMs: nowMs,
      openWorld: true,
    }),
  }));
  const actionsThat = (decision: string): readonly string[] =>
    sortedUnique(verdicts.filter((one) => one.decision === decision).map(({ action }) => action));
  return { denied: actionsThat('denied'), unknown: actionsThat('unknown') };
};

const channels = (
  role: ObservedRole,
  documents: KnownDocuments,
  scene: RoleScene,
): readonly ExecFinding[] => {
  const { denied, unknown } = ask(
    documents,
    execActions.map((action) => ({ action, resource: '*' })),
    scene,
  );
  if (denied.length > 0) {
    const message = `the task role ${role.arn} is not allowed ${denied.join(', ')} on "*", which the agent of ECS Exec needs; add it to the role's policies, and to its boundary if it has one (${invisible})`;
    return [{ reason: 'taskRoleDenied', message }];
  }
  if (unknown.length === 0) return [];
  const message = `whether the task role ${role.arn} is allowed ${unknown.join(', ')} hangs on a condition or a form that is not understood here; try it, or simplify the policy (${invisible})`;
  return [{ reason: 'taskRoleUnknown', message }];
};

const key = (role: ObservedRole, documents: KnownDocuments, scene: RoleScene): readonly ExecFinding[] => {
  const { kmsKeyArn } = scene.exec;
  if (kmsKeyArn === undefined) return [];
  const { denied } = ask(documents, [{ action: 'kms:Decrypt', resource: kmsKeyArn }], scene);
  // An alias is no resource: what the policy says of the key behind it is not known here.
  if (denied.length === 0 || kmsKeyArn.includes(':alias/')) return [];
  const message = `the cluster encrypts sessions with ${kmsKeyArn}, and the task role ${role.arn} is not allowed kms:Decrypt on it; add it (the key's own policy is not visible from here, nor are service control policies)`;
  return [{ reason: 'keyDenied', message }];
};

/** What of one task role keeps a shell from opening. */
export const checkTaskRole = (arn: string, scene: RoleScene): readonly ExecFinding[] => {
  const role = roleOf(arn, scene.observed);
  if (role === undefined)
    return [
      { reason: 'noTaskRole', message: `the task role ${arn} does not exist in the account; create it` },
    ];
  const documents = documentsOf(role, scene);
  if (!documents.ok)
    return [
      {
        reason: 'taskRoleUnknown',
        message: `what the task role ${arn} is allowed is not known: ${documents.because}`,
      },
    ];
  return [...channels(role, documents, scene), ...key(role, documents, scene)];
};

const logRequests = ({ exec, region, place: { accountId, partition } }: RoleScene) => {
  const group = exec.logGroup;
  return [
    ...(group === undefined
      ? []
      : [
          { action: 'logs:DescribeLogGroups', resource: '*' },
          ...['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'].map((action) => ({
            action,
            resource: `arn:${partition}:logs:${region}:${accountId}:log-group:${group}:*`,
          })),
        ]),
    ...(exec.s3Bucket === undefined
      ? []
      : [{ action: 's3:PutObject', resource: `arn:${partition}:s3:::${exec.s3Bucket}/x` }]),
  ];
};

/** What keeps a session from being logged, though it opens. */
export const logCautions = (arn: string, scene: RoleScene): readonly string[] => {
  if (scene.exec.logging === 'NONE')
    return [
      'the cluster logs no session of ECS Exec (logging NONE); what is done in a shell leaves no trace',
    ];
  const role = roleOf(arn, scene.observed);
  const documents = role === undefined ? undefined : documentsOf(role, scene);
  if (documents?.ok !== true || scene.exec.logging !== 'OVERRIDE') return [];
  const { denied } = ask(documents, logRequests(scene), scene);
  return denied.length === 0
    ? []
    : [
        `sessions are to be logged, and the task role ${arn} is not allowed ${denied.join(', ')} for that; without it they are not`,
      ];
};
