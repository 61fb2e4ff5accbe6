// Requests as IAM will weigh them: with the tags and the boundary of what they are about.

import type { AccessRequest } from '../domain/access-evaluator.ts';
import { roleArn, tagKeys } from '../domain/role.ts';
import type { AccountNeeds } from './needs.ts';

/** A request as IAM weighs it, without the clock. */
export type Asking = Omit<AccessRequest, 'atMs' | 'openWorld'>;

/** Of what we make ourselves we know every tag. */
const isTagKey = (key: string): boolean =>
  /^(?:aws:(?:resourcetag\/|requesttag\/|tagkeys$)|iam:resourcetag\/)/.test(key);

export type Keys = Readonly<Record<string, string | readonly string[]>>;

export const asking = (action: string, resource: string, keys: Keys): Asking => ({
  action,
  resource,
  context: new Map(
    Object.entries(keys).map(([key, value]) => [
      key.toLowerCase(),
      typeof value === 'string' ? [value] : value,
    ]),
  ),
});

interface OwnRole {
  readonly arn: string;
  /** That it is made with. */
  readonly tags: Readonly<Record<string, string>>;
  readonly boundary: string;
}

export const ownRoles = ({ account, instance, roleNames, taskRoles }: AccountNeeds): readonly OwnRole[] => [
  ...roleNames.map((name) => ({
    arn: roleArn(account, name),
    boundary: account.permissionsBoundary,
    tags: { [tagKeys.instance]: instance, [tagKeys.policy]: name, [tagKeys.prune]: 'true' },
  })),
  ...taskRoles.map(({ name, boundary }) => ({
    arn: roleArn(account, name),
    boundary,
    tags: { [tagKeys.instance]: instance, [tagKeys.binding]: name },
  })),
];

export const requestTags = (tags: Readonly<Record<string, string>>): Keys => ({
  ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:requesttag/${key}`, value])),
  'aws:tagkeys': Object.keys(tags),
});
export const resourceTags = (tags: Readonly<Record<string, string>>): Keys =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:resourcetag/${key}`, value]));

export const askingOwnRole = (action: string, arn: string, keys: Keys): Asking => ({
  ...asking(action, arn, keys),
  isKnown: isTagKey,
});

/** One of our own roles as it stands: with our mark, and a boundary of the account. */
export const onOwnRoles = (action: string) => (needs: AccountNeeds) =>
  ownRoles(needs).map(({ arn, tags, boundary }) =>
    askingOwnRole(action, arn, { ...resourceTags(tags), 'iam:permissionsboundary': boundary }),
  );
