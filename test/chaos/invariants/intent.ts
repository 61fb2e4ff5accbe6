// Whether a role is as its policy wants it: by the documents in AWS, and by what is true of people.

import { accessPolicyName, tagKeys } from '../../../src/domain/role.ts';
import { mayEnter } from '../../../src/domain/trust-evaluator.ts';
import { parseTrustPolicy } from '../../../src/domain/trust-policy.ts';
import type { SandboxRole } from '../../../src/sandbox/aws/aws-cloud.ts';
import { accessOf } from '../access.ts';
import { endlessIn } from './ends.ts';
import { entitledBy, isIn, type People, type Place } from '../model.ts';
import { accountIds, audience, boundaryArn, instance, personName, providerArn } from '../scene.ts';
import type { Trial } from '../trial.ts';
import { type PolicyWill, policyFor } from '../will.ts';

/** Whom somebody else's Deny keeps out, whatever the policy says: everyone may enter but for what denies it. */
const isDenied = (role: SandboxRole, person: string, { account }: Place, atMs: number): boolean => {
  const provider = providerArn(accountIds[account]);
  const document = JSON.parse(role.trustDocument) as { readonly Statement: readonly { Effect: string }[] };
  const open = {
    Effect: 'Allow',
    Principal: { Federated: provider },
    Action: 'sts:AssumeRoleWithSAML',
  };
  const denies = document.Statement.filter(({ Effect: effect }) => effect === 'Deny');
  const parsed = parseTrustPolicy(JSON.stringify({ Statement: [open, ...denies] }));
  const context = new Map([
    ['saml:aud', [audience]],
    ['saml:sub', [person]],
  ]);
  const principal = { type: 'Federated', id: provider } as const;
  const request = { action: 'sts:AssumeRoleWithSAML', principal, context, atMs };
  return parsed.ok && mayEnter(parsed.policy, request).decision !== 'allowed';
};

const list = (ids: Iterable<string>): string => [...ids].map(personName).sort().join(', ') || 'nobody';

/** Ends are rounded down to this. */
const sharedEndMs = 5 * 60_000;
/** Two polls, and some. */
const seenWithinMs = 140_000;

/** She is only on duty, and that has begun just now, or ends within minutes. */
const isPassing = (person: string, policy: PolicyWill, now: People, atMs: number): boolean =>
  !policy.groups.some((group) => group.name !== 'duty' && isIn(group, person, now)) &&
  !(now.assignments.get(person) ?? []).some(
    ({ startMs, endMs }) =>
      startMs < atMs - seenWithinMs && Math.floor(endMs / sharedEndMs) * sharedEndMs > atMs,
  );

const asEnforced = (
  trial: Trial,
  place: Place,
  policy: PolicyWill,
  role: SandboxRole,
): string | undefined => {
  const atMs = trial.cloudsNow();
  const access = accessOf(role, place.account, atMs);
  const now = trial.model.now();
  const entitled = entitledBy({ will: trial.git.will(), policy, atMs }, now);
  const wanted =
    entitled.size === 0
      ? new Set<string>()
      : new Set([...entitled].filter((person) => !isDenied(role, person, place, atMs)));
  const mayMiss = [...wanted].filter((person) => isPassing(person, policy, now, atMs));
  const admitted = new Set([...access.people, ...mayMiss]);
  if (list(admitted) !== list(wanted)) return `admits ${list(access.people)}, and not ${list(wanted)}`;
  const endless = endlessIn(role, place.account, policy.expiresAtMs);
  if (endless.length > 0) return `lets ${list(endless)} stay after the end of its policy`;
  const mayMore = [...access.actions].find((action) => action !== policy.action);
  if (mayMore !== undefined) return `gives ${mayMore}, which the policy does not`;
  if (role.inlinePolicies[accessPolicyName]?.includes(`"${policy.action}"`) !== true)
    return `does not give ${policy.action}`;
  if (role.permissionsBoundary !== boundaryArn(accountIds[place.account])) return 'is without its boundary';
  const tags = { [tagKeys.instance]: instance, [tagKeys.policy]: policy.name };
  return Object.entries(tags).every(([key, value]) => role.tags[key] === value)
    ? undefined
    : 'is without its tags';
};

/** What differs from the intent; undefined: nothing. Of a role where something is held only what no hold explains. */
export const differenceFromIntent = (trial: Trial, place: Place, isHeld: boolean): string | undefined => {
  const { account, roleName } = place;
  const policy = policyFor(trial.git.will(), account, roleName);
  const role = trial.clouds.aws.roles(accountIds[account]).find(({ name }) => name === roleName);
  if (isHeld) return undefined;
  if (policy === undefined) {
    const { people } = accessOf(role, account, trial.cloudsNow());
    return people.size === 0 ? undefined : `admits ${list(people)}, and no policy is behind it`;
  }
  if (role === undefined) return 'is missing';
  return asEnforced(trial, place, policy, role);
};
