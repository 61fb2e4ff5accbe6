// Whether the people of a policy fit into a trust policy: a hint, before anybody is held for want of room.

import type { Check } from '../domain/check.ts';
import { type Group, type GroupKey, groupKey } from '../domain/directory.ts';
import type { AccountExamination } from '../domain/examination.ts';
import { type AccessPolicy, type Federation, groupsOf } from '../domain/policy.ts';
import type { Reading } from '../domain/reading.ts';
import type { Checks } from './check.ts';
import type { AccountNeeds } from './needs.ts';

/** Of a trust policy with nobody in it; about, as it hangs on providers and audiences. */
const emptyChars = 650;
/** Quotes and a comma. */
const aroundChars = 3;
const objectIdChars = 36;
const mostChars = 8_192;

const peopleOf = (
  policy: AccessPolicy,
  { saml }: Federation,
  groups: ReadonlyMap<GroupKey, Reading<Group>>,
): ReadonlyMap<string, number> =>
  new Map(
    groupsOf(policy).flatMap((subject) => {
      const reading = groups.get(groupKey(subject));
      if (reading?.state !== 'present') return [];
      return reading.value.people.map(({ id, userPrincipalName }): [string, number] => [
        id,
        saml?.nameId === 'userPrincipalName' ? (userPrincipalName ?? '').length : objectIdChars,
      ]);
    }),
  );

export const roomChecks = (
  checks: Checks,
  { policies, peopleBy }: AccountNeeds,
  { observed }: AccountExamination,
  groups: ReadonlyMap<GroupKey, Reading<Group>>,
): readonly Check[] => {
  if (observed.state !== 'present') return [];
  const { trustQuotaChars } = observed.value;
  return policies.flatMap((policy) => {
    const federation = peopleBy.find(({ meta }) => meta.name === policy.federation);
    if (federation === undefined || policy.role.admission === 'appRole') return [];
    const people = peopleOf(policy, federation, groups);
    const chars = [...people.values()].reduce((sum, one) => sum + one + aroundChars, emptyChars);
    if (chars <= trustQuotaChars) return [];
    const mending =
      chars <= mostChars && trustQuotaChars < mostChars
        ? `raise it to ${mostChars}: aws service-quotas request-service-quota-increase --service-code iam --quota-code L-C07B4B0D --desired-value ${mostChars} --region us-east-1`
        : 'split the policy over two roles, or set role.admission: appRole';
    return [
      checks.warning(
        `room in ${policy.role.name}`,
        `the ${people.size} people of ${policy.meta.name} need about ${chars} characters, and a trust policy has ${trustQuotaChars} here: some will be held (trustFull)`,
        mending,
      ),
    ];
  });
};
