// One request, from its parameters to its answer: which account, which action, and what it says. No network here.

import type { Account } from './account-state.ts';
import { type Asked, type Judge, refusalTo } from './authorize.ts';
import type { Caller, CredentialStore } from './credentials.ts';
import type { TableStore } from './dynamodb/table-store.ts';
import type { EcsStore } from './ecs/ecs-store.ts';
import { accountActions } from './iam/account-actions.ts';
import type { IamActions, IamCall } from './iam/call.ts';
import { identityProviderActions } from './iam/identity-providers.ts';
import { managedPolicyActions } from './iam/managed-policies.ts';
import { questionsOf } from './iam/questions.ts';
import { rolePolicyActions } from './iam/role-policies.ts';
import { roleActions } from './iam/roles.ts';
import type { Params, ServiceName } from './query-protocol.ts';
import { ServiceError, accessDenied } from './service-error.ts';
import type { SessionStore } from './ssm/session-store.ts';
import { type StsAction, accountOfArn } from './sts/call.ts';
import { getWebIdentityToken } from './sts/outbound-token.ts';
import { assumeRoleWithSaml } from './sts/saml-sign-in.ts';
import { assumeRole, getCallerIdentity } from './sts/signed-actions.ts';
import type { TokenKey } from './sts/token-key.ts';
import { assumeRoleWithWebIdentity } from './sts/web-identity-sign-in.ts';

const iamActions: IamActions = {
  ...roleActions,
  ...rolePolicyActions,
  ...managedPolicyActions,
  ...identityProviderActions,
  ...accountActions,
};

const stsActions: Readonly<Record<string, StsAction>> = {
  GetCallerIdentity: getCallerIdentity,
  AssumeRole: assumeRole,
  AssumeRoleWithSAML: assumeRoleWithSaml,
  AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity,
  GetWebIdentityToken: getWebIdentityToken,
};

/** These carry their own proof and no signature. */
export const isUnsigned = (service: ServiceName, action: string): boolean =>
  service === 'sts' && (action === 'AssumeRoleWithSAML' || action === 'AssumeRoleWithWebIdentity');

/** One change that was made, by a request or around the API. */
export interface Mutation {
  readonly service: 'iam' | 'ecs' | 'ssm' | 'dynamodb';
  readonly accountId: string;
  readonly operation: string;
  /** IAM: the name of the role, where it is about one. ECS: the name or ARN of what was changed. SSM: the id of the session. DynamoDB: the table. */
  readonly resource: string | undefined;
}

export interface ServiceRequest {
  readonly service: ServiceName;
  readonly action: string;
  readonly params: Params;
  readonly caller: Caller | undefined;
  /** That the request is signed for; empty for unsigned ones. */
  readonly region: string;
}

/** What the request is about, for faults and the list of requests: a role's name, or else an ARN or a name. */
export const resourceOf = (params: Params): string | undefined =>
  [
    'RoleName',
    'RoleArn',
    'PolicyArn',
    'SAMLProviderArn',
    'OpenIDConnectProviderArn',
    'PolicyName',
    'Name',
    'Url',
  ]
    .map((name) => params.get(name))
    .find((value) => value !== undefined);

/** The account a request is about: its caller's, or for unsigned requests and `AssumeRole` that of the role. */
export const accountIdOf = (request: ServiceRequest): string | undefined => {
  const roleArn = request.service === 'sts' ? request.params.get('RoleArn') : undefined;
  return roleArn === undefined ? request.caller?.accountId : accountOfArn(roleArn);
};

export interface Services {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly credentials: CredentialStore;
  readonly tokenKey: TokenKey;
  /** Of the sandbox's Entra, DER in base64; undefined: none. */
  readonly ownCertificate: string | undefined;
  readonly ecs: EcsStore;
  readonly sessions: SessionStore;
  readonly tables: TableStore;
  readonly clock: () => number;
  readonly onMutation: (mutation: Mutation) => void;
  /** Told every permission that a signed request asks for. */
  readonly asked: (asked: Asked) => void;
}

const unknownAction = (service: ServiceName, action: string): ServiceError =>
  new ServiceError(
    400,
    'InvalidAction',
    `Could not find operation ${action} for version ${service === 'iam' ? '2010-05-08' : '2011-06-15'}`,
  );

const identityExists = (services: Services, arn: string): boolean | undefined => {
  const account = services.accounts.get(accountOfArn(arn) ?? '');
  if (account === undefined || !arn.includes(':role/')) return undefined;
  return account.roles.current(arn.split('/').at(-1) ?? '')?.arn === arn;
};

const answerIam = (services: Services, request: ServiceRequest): string | undefined => {
  const action = iamActions[request.action];
  if (action === undefined) throw unknownAction('iam', request.action);
  const { caller } = request;
  const account = services.accounts.get(caller?.accountId ?? '');
  if (caller === undefined || account === undefined) throw accessDenied('Access denied');
  const call: IamCall = {
    account,
    caller,
    params: request.params,
    nowMs: services.clock(),
    identityExists: (arn) => identityExists(services, arn),
    changed: (roleName) =>
      services.onMutation({
        service: 'iam',
        accountId: account.accountId,
        operation: request.action,
        resource: roleName,
      }),
  };
  const judge: Judge = { account, caller, region: request.region, nowMs: call.nowMs, asked: services.asked };
  for (const question of questionsOf(request.action, call)) {
    const refusal = refusalTo(judge, question);
    if (refusal !== undefined) throw accessDenied(refusal);
  }
  return action(call);
};

/** The XML of the result; throws `ServiceError` for every refusal. */
export const answer = (services: Services, request: ServiceRequest): string | undefined => {
  if (request.service === 'iam') return answerIam(services, request);
  const action = stsActions[request.action];
  if (action === undefined) throw unknownAction('sts', request.action);
  return action({
    params: request.params,
    nowMs: services.clock(),
    caller: request.caller,
    region: request.region,
    credentials: services.credentials,
    tokenKey: services.tokenKey,
    ownCertificate: services.ownCertificate,
    asked: services.asked,
    account: (accountId) => services.accounts.get(accountId),
  });
};
