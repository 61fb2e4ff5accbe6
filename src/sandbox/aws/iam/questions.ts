// What a request to IAM asks the caller's permissions for: an action, a resource, and the condition keys that it carries.
//
// [Service Authorization Reference: IAM] per action
//   lists, summaries, and making providers and policies   `*`, or the ARN of what is made
//   everything about a role                               its ARN, its tags, and mostly its boundary
//   PutRolePermissionsBoundary, CreateRole                the boundary that the request brings
//   tags in CreateRole                                    TagRole as well
// A role that is not there has no path that anybody could know, so the question is for its bare name.

import { iamArn } from '../account-state.ts';
import type { Question } from '../authorize.ts';
import type { SandboxRole } from '../role-store.ts';
import { textList } from '../query-protocol.ts';
import type { IamCall } from './call.ts';
import { tagsOf } from './tags.ts';

type Keys = Readonly<Record<string, readonly string[]>>;

const requestTags = (call: IamCall): Keys => {
  const tags = tagsOf(call.params);
  return tags.length === 0
    ? {}
    : {
        ...Object.fromEntries(tags.map(([key, value]) => [`aws:requesttag/${key.toLowerCase()}`, [value]])),
        'aws:tagkeys': tags.map(([key]) => key),
      };
};

const given = (key: string, value: string | undefined): Keys =>
  value === undefined ? {} : { [key]: [value] };

/** Actions on roles for which IAM does not know the boundary. */
const withoutBoundary = new Set([
  'GetRolePolicy',
  'ListRolePolicies',
  'ListRoleTags',
  'TagRole',
  'UntagRole',
]);

const roleKeys = (action: string, call: IamCall, role: SandboxRole | undefined): Keys => {
  const { params } = call;
  const boundary =
    action === 'PutRolePermissionsBoundary' ? params.get('PermissionsBoundary') : role?.permissionsBoundary;
  return {
    ...(withoutBoundary.has(action) ? {} : given('iam:permissionsboundary', boundary)),
    ...(/^(?:Attach|Detach)/.test(action) ? given('iam:policyarn', params.get('PolicyArn')) : {}),
    ...(action === 'TagRole' ? requestTags(call) : {}),
    ...(action === 'UntagRole' ? { 'aws:tagkeys': textList(params, 'TagKeys') } : {}),
  };
};

const ofRole = (action: string, call: IamCall, name: string): Question => {
  const role = call.account.roles.current(name);
  return {
    action: `iam:${action}`,
    resource: role?.arn ?? iamArn(call.account.accountId, `role/${name}`),
    tags: role?.tags,
    context: roleKeys(action, call, role),
  };
};

const ofNewRole = (call: IamCall, name: string): readonly Question[] => {
  const resource = iamArn(call.account.accountId, `role${call.params.get('Path') ?? '/'}${name}`);
  const tags = requestTags(call);
  const boundary = given('iam:permissionsboundary', call.params.get('PermissionsBoundary'));
  return [
    { action: 'iam:CreateRole', resource, context: { ...boundary, ...tags } },
    ...(Object.keys(tags).length === 0 ? [] : [{ action: 'iam:TagRole', resource, context: tags }]),
  ];
};

/** All of them must be answered with yes. */
export const questionsOf = (action: string, call: IamCall): readonly Question[] => {
  const { params, account } = call;
  const roleName = params.get('RoleName');
  if (roleName !== undefined)
    return action === 'CreateRole' ? ofNewRole(call, roleName) : [ofRole(action, call, roleName)];
  const made: Readonly<Record<string, string>> = {
    CreatePolicy: `policy${params.get('Path') ?? '/'}${params.get('PolicyName') ?? ''}`,
    CreateSAMLProvider: `saml-provider/${params.get('Name') ?? ''}`,
    CreateOpenIDConnectProvider: `oidc-provider/${(params.get('Url') ?? '').replace('https://', '')}`,
  };
  const resource =
    ['PolicyArn', 'SAMLProviderArn', 'OpenIDConnectProviderArn']
      .map((name) => params.get(name))
      .find((arn) => arn !== undefined) ??
    (made[action] === undefined ? '*' : iamArn(account.accountId, made[action]));
  return [{ action: `iam:${action}`, resource }];
};
