// What she could do once she is in: what the policy gives, and whether the shells among it would open.

import { serviceKey } from '../../domain/ecs.ts';
import type { Link } from '../../domain/explanation.ts';
import type { EcsGrant } from '../../domain/policy.ts';
import { accessPolicyName } from '../../domain/role.ts';
import { heldText, info, listed, ok, stops, unknown } from './link.ts';
import type { Scene } from './scene.ts';

const grantText = ({ region, cluster, services, containers, allow }: EcsGrant): string => {
  const where = `${listed(services)} (cluster ${cluster}, ${region})`;
  const shells = containers.length === 0 ? '' : `, shells in ${listed(containers)}`;
  return `${listed(allow)} on ${where}${shells}`;
};

const given = ({ policy }: Scene): string => {
  const count = policy.statements.length;
  const parts = [
    ...policy.ecs.map(grantText),
    ...(policy.cli ? ['aws login'] : []),
    ...(count === 0 ? [] : [count === 1 ? 'one statement of its own' : `${count} statements of its own`]),
  ];
  return parts.length === 0 ? 'the policy gives nothing' : `the policy gives ${parts.join('; ')}`;
};

export const permissionsLink = (scene: Scene): Link => {
  const { planned, role, desired, policy } = scene;
  const name = 'permissions';
  if (policy.role.ownership === 'statements')
    return info(name, "the role is somebody else's, and what it gives is up to its owner");
  const held = planned?.held.find(({ change }) => change.detail.kind === 'putPermissions');
  const hasAny =
    role.state === 'present' && role.value.inlinePolicies.some((one) => one.name === accessPolicyName);
  const what = given(scene);
  if (held !== undefined)
    return hasAny
      ? info(name, `${what}; what AWS has differs, and the change is ${heldText(held)}`)
      : stops(name, `${what}; the role has none of it, since that is ${heldText(held)}`, held.hold.message);
  if (desired?.unreadStatements !== undefined)
    return info(name, `${what}; what hangs on ECS stays as it stands, since ${desired.unreadStatements}`);
  if (planned?.apply.some(({ detail }) => detail.kind === 'putPermissions') === true)
    return info(name, `${what}; the next sweep writes it`);
  return role.state === 'present' ? ok(name, what) : info(name, what);
};

export const shellsLink = ({ policy, account, execReadiness }: Scene): Link => {
  const name = 'shells';
  const wanted = policy.ecs
    .filter(({ allow }) => allow.includes('exec'))
    .flatMap(({ region, cluster, services }) =>
      services.map((service) => serviceKey({ region, cluster, service })),
    );
  if (wanted.length === 0) return info(name, 'the policy opens no shells');
  if (!policy.accounts.includes(account.meta.name)) return info(name, 'none in this account');
  const found = new Map(execReadiness.map((one) => [serviceKey(one.place), one]));
  const unseen = wanted.filter((key) => !found.has(key));
  const seen = wanted.flatMap((key) => found.get(key) ?? []);
  const unread = seen.filter(({ reason }) => reason === 'unreadable' || reason === 'taskRoleUnknown');
  const closed = seen.filter((one) => one.reason !== 'Ready' && !unread.includes(one));
  const [first] = closed;
  if (first !== undefined)
    return stops(
      name,
      closed
        .map(
          ({ place, reason, messages }) =>
            `a shell in ${serviceKey(place)} would not open (${reason}): ${messages.join('; ')}`,
        )
        .join('; '),
      `for shells in ${serviceKey(first.place)}: ${first.messages[0] ?? first.reason}`,
    );
  const [doubt] = unread;
  if (doubt !== undefined)
    return unknown(
      name,
      unread.map(({ place, messages }) => `${serviceKey(place)}: ${messages.join('; ')}`).join('; '),
      doubt.messages[0],
    );
  return unseen.length > 0
    ? unknown(name, `${listed(unseen)} has not been looked at yet`, 'ask again in a minute')
    : ok(name, `shells in ${listed(wanted)} would open`);
};
