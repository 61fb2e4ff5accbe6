// Managed policies: customers' own and the few of AWS that the sandbox knows.

export interface PolicyVersion {
  /** `v1`. */
  readonly versionId: string;
  /** JSON text as it was written. */
  readonly document: string;
  readonly createdAtMs: number;
}

export interface ManagedPolicy {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly policyId: string;
  readonly description: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly versions: readonly PolicyVersion[];
  readonly defaultVersionId: string;
  /** Version numbers are never used again, deleted or not. */
  readonly lastVersionNumber: number;
}

export const isAwsManaged = (arn: string): boolean => arn.startsWith('arn:aws:iam::aws:policy/');

const statement = (effect: string, action: string | readonly string[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: effect, Action: action, Resource: '*' }],
  });

/** Shortened where the real document is long; the effect is the same in kind. */
const awsDocuments: Readonly<Record<string, string>> = {
  AdministratorAccess: statement('Allow', '*'),
  ReadOnlyAccess: statement('Allow', ['ec2:Describe*', 'ecs:Describe*', 'ecs:List*', 's3:Get*', 's3:List*']),
  AWSDenyAll: statement('Deny', '*'),
  AWSCompromisedKeyQuarantineV3: statement('Deny', [
    'cloudtrail:LookupEvents',
    'ec2:RunInstances',
    'iam:AttachRolePolicy',
    'iam:CreateAccessKey',
    'iam:CreateRole',
    'iam:PassRole',
    'iam:PutRolePolicy',
    'lambda:CreateFunction',
    'organizations:CreateAccount',
  ]),
};

export interface FirstVersion {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly policyId: string;
  readonly description: string;
  readonly document: string;
  readonly nowMs: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** A policy with its first version. */
export const buildPolicy = (first: FirstVersion): ManagedPolicy => ({
  name: first.name,
  path: first.path,
  arn: first.arn,
  policyId: first.policyId,
  description: first.description,
  createdAtMs: first.nowMs,
  updatedAtMs: first.nowMs,
  tags: first.tags,
  versions: [{ versionId: 'v1', document: first.document, createdAtMs: first.nowMs }],
  defaultVersionId: 'v1',
  lastVersionNumber: 1,
});

export const awsManagedPolicies = (nowMs: number): readonly ManagedPolicy[] =>
  Object.entries(awsDocuments).map(([name, document]) =>
    buildPolicy({
      name,
      path: '/',
      arn: `arn:aws:iam::aws:policy/${name}`,
      policyId: `ANPA${name.toUpperCase().padEnd(17, 'X').slice(0, 17)}`,
      description: '',
      document,
      nowMs,
      tags: {},
    }),
  );

/** A customer managed policy of the world's start, from `team/name` or `/team/name` or `name`. */
export const managedPolicyFromWorld = (
  account: { readonly accountId: string; newId(prefix: string): string },
  pathAndName: string,
  document: string,
  nowMs: number,
): ManagedPolicy => {
  const segments = pathAndName.split('/').filter((segment) => segment !== '');
  const name = segments.at(-1) ?? pathAndName;
  const path = segments.length > 1 ? `/${segments.slice(0, -1).join('/')}/` : '/';
  return buildPolicy({
    name,
    path,
    arn: `arn:aws:iam::${account.accountId}:policy${path}${name}`,
    policyId: account.newId('ANPA'),
    description: '',
    document,
    nowMs,
    tags: {},
  });
};

/** The document that is in force. */
export const defaultDocument = (policy: ManagedPolicy): string =>
  policy.versions.find((version) => version.versionId === policy.defaultVersionId)?.document ?? '';
