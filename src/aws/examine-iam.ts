// What doctor asks of IAM in one account: every read of the adapter by itself, so that each missing permission is named, and
// the one write that IAM must refuse.

import {
  CreateRoleCommand,
  GetAccountAuthorizationDetailsCommand,
  GetAccountSummaryCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetSAMLProviderCommand,
  type IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListRolesCommand,
  ListSAMLProvidersCommand,
} from '@aws-sdk/client-iam';
import type {
  AccountExamination,
  AccountQuestions,
  OidcProviderFacts,
  OwnPermissions,
  SamlProviderFacts,
  Trial,
} from '../domain/examination.ts';
import type { Account } from '../domain/policy.ts';
import type { IamPort } from '../domain/ports.ts';
import { absent, present, type Reading } from '../domain/reading.ts';
import { type ObservedAccount, rolePath, tagKeys } from '../domain/role.ts';
import type { AccountCalls, Send } from './account-calls.ts';
import { dateMs, toTags } from './documents.ts';
import { certificateEndsIn, issuerIn } from './saml-metadata.ts';
import { attempt, trialOfReading } from './trial.ts';

/** No role has this name; where one has it, reading it harms nobody, and it is not ours to make. */
const nobodysName = 'rolewarden-doctor';

export type IamCalls = AccountCalls<IAMClient>;

const trying = (calls: IamCalls, signal: AbortSignal) => {
  const resource = 'the account';
  return <T>(action: string, send: Send<IAMClient, T>): Promise<Trial> =>
    attempt({ action, resource, send: () => calls.call({ action, resource }, signal, send) }, signal);
};

/** The smallest question that takes the action. */
export const iamTrials = (
  calls: IamCalls,
  account: Account,
  { writes }: AccountQuestions,
  signal: AbortSignal,
): readonly Promise<Trial>[] => {
  const ask = trying(calls, signal);
  const arn = account.permissionsBoundary;
  const reads = [
    ask('iam:GetAccountAuthorizationDetails', (client, options) =>
      client.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'], MaxItems: 1 }), options),
    ),
    ask('iam:ListRoles', (client, options) =>
      client.send(new ListRolesCommand({ PathPrefix: rolePath, MaxItems: 1 }), options),
    ),
    ask('iam:GetAccountSummary', (client, options) => client.send(new GetAccountSummaryCommand({}), options)),
    ask('iam:ListSAMLProviders', (client, options) => client.send(new ListSAMLProvidersCommand({}), options)),
    ask('iam:ListOpenIDConnectProviders', (client, options) =>
      client.send(new ListOpenIDConnectProvidersCommand({}), options),
    ),
    ask('iam:GetPolicy', (client, options) => client.send(new GetPolicyCommand({ PolicyArn: arn }), options)),
    ask('iam:GetPolicyVersion', (client, options) =>
      client.send(new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: 'v1' }), options),
    ),
  ];
  const looks = [
    () =>
      ask('iam:GetRole', (client, options) =>
        client.send(new GetRoleCommand({ RoleName: nobodysName }), options),
      ),
    () =>
      ask('iam:GetRolePolicy', (client, options) =>
        client.send(new GetRolePolicyCommand({ RoleName: nobodysName, PolicyName: nobodysName }), options),
      ),
  ];
  return [...reads, ...(writes ? looks.map((look) => look()) : [])];
};

/** IAM can never take it: it is no JSON. */
const noDocument = 'rolewarden doctor: this is no trust policy, so that no role can come of it';

/**
 * A write as the controller makes it, but for the trust policy. UNCONFIRMED: that IAM asks for the permission before it looks
 * at the document; so a refusal for the document alone is weak proof, and AccessDenied says that somebody forbids it: a
 * policy of the role, its boundary, or the organization, which nothing else here can see.
 */
export const tryCreation = async (
  calls: IamCalls,
  account: Account,
  { instance, writes }: AccountQuestions,
  signal: AbortSignal,
): Promise<AccountExamination['creation']> => {
  if (!writes) return undefined;
  const action = 'iam:CreateRole';
  const resource = `role ${nobodysName}`;
  const command = new CreateRoleCommand({
    RoleName: nobodysName,
    Path: rolePath,
    AssumeRolePolicyDocument: noDocument,
    PermissionsBoundary: account.permissionsBoundary,
    Tags: toTags({ [tagKeys.instance]: instance, [tagKeys.policy]: nobodysName }),
  });
  let isMade = false;
  const send = async (): Promise<void> => {
    await calls.call({ action, resource }, signal, (client, options) => client.send(command, options));
    isMade = true;
  };
  const trial = await attempt({ action, resource, send }, signal);
  return { ...trial, isMade };
};

export const readSamlProvider = (
  calls: IamCalls,
  arn: string,
  signal: AbortSignal,
): Promise<Reading<SamlProviderFacts>> =>
  calls.read(
    { action: 'iam:GetSAMLProvider', resource: `SAML provider ${arn}` },
    signal,
    async (client, options) => {
      const answer = await client.send(new GetSAMLProviderCommand({ SAMLProviderArn: arn }), options);
      const metadata = answer.SAMLMetadataDocument ?? '';
      return {
        issuer: issuerIn(metadata),
        validUntilMs: dateMs(answer.ValidUntil),
        certificateEndsMs: certificateEndsIn(metadata),
      };
    },
  );

export const readOidcProvider = (
  calls: IamCalls,
  arn: string,
  signal: AbortSignal,
): Promise<Reading<OidcProviderFacts>> => {
  const context = { action: 'iam:GetOpenIDConnectProvider', resource: `OIDC provider ${arn}` };
  return calls.read(context, signal, async (client, options) => {
    const command = new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn });
    return { audiences: (await client.send(command, options)).ClientIDList ?? [] };
  });
};

export const providerTrials = (
  saml: Iterable<Reading<unknown>>,
  oidc: Iterable<Reading<unknown>>,
): readonly Trial[] => [
  ...[...saml].map((reading) => trialOfReading('iam:GetSAMLProvider', reading)),
  ...[...oidc].map((reading) => trialOfReading('iam:GetOpenIDConnectProvider', reading)),
];

/** `arn:aws:sts::111122223333:assumed-role/NAME/SESSION`: a path of the role is not in it. */
export const roleArnOf = (account: Account, callerArn: string): string | undefined => {
  if (account.spokeRole !== undefined) return account.spokeRole.arn;
  const name = /:assumed-role\/([^/]+)\//.exec(callerArn)?.[1];
  return name === undefined ? undefined : `arn:${account.partition}:iam::${account.accountId}:role/${name}`;
};

/** Everything that IAM shows of what the role may do. */
export const ownPermissions = async (
  observed: Reading<ObservedAccount>,
  roleArn: string | undefined,
  read: IamPort['readManagedPolicy'],
  signal: AbortSignal,
): Promise<Reading<OwnPermissions>> => {
  if (observed.state !== 'present') return observed;
  const role = roleArn === undefined ? undefined : observed.value.askedRoles.get(roleArn);
  if (role === undefined) return absent;
  const { permissionsBoundary, attachedPolicyArns } = role;
  const arns = [...attachedPolicyArns, ...(permissionsBoundary === undefined ? [] : [permissionsBoundary])];
  const documents = new Map<string, string>();
  for (const arn of arns) {
    const reading = await read(arn, signal);
    if (reading.state === 'present') documents.set(arn, reading.value);
  }
  return present({
    roleArn: role.arn,
    policies: [
      ...role.inlinePolicies.map(({ document }) => document),
      ...attachedPolicyArns.flatMap((arn) => documents.get(arn) ?? []),
    ],
    boundary: permissionsBoundary === undefined ? undefined : documents.get(permissionsBoundary),
    unread: arns.filter((arn) => !documents.has(arn)),
  });
};
