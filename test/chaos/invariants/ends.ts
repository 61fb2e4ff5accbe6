// Access that ends by a date ends by itself: the documents in AWS say so, and nobody has to come back for it.

import type { SandboxRole } from '../../../src/sandbox/aws/aws-cloud.ts';
import { accessOf } from '../access.ts';
import { isIn, isLeaver, type People } from '../model.ts';
import { type AccountName, accountIds, personName } from '../scene.ts';
import { type PolicyWill, policyFor } from '../will.ts';
import { isHealthy } from './leavers.ts';
import type { SweepInvariant } from './sweep-invariant.ts';
import type { WriteInvariant } from './write-invariant.ts';

/** Whoever could still enter at the end, or of those inside, whose sessions would go on; nobody where there is none. */
export const endlessIn = (
  role: SandboxRole | undefined,
  account: AccountName,
  endMs: number | undefined,
  inside: ReadonlySet<string> = new Set(),
): readonly string[] => {
  if (endMs === undefined) return [];
  const { people, denied } = accessOf(role, account, endMs);
  return [...people, ...[...inside].filter((person) => !denied.has(person))];
};

/** When she is out, as far as the controller can know; undefined: never by herself. */
const endOf = (person: string, policy: PolicyWill, seen: readonly People[]): number | undefined => {
  const plain = policy.groups.filter(({ name }) => name !== 'duty');
  const stays = seen.some(
    (people) => !isLeaver(person, people) && plain.some((group) => isIn(group, person, people)),
  );
  const terms = seen.flatMap((people) => people.assignments.get(person) ?? []);
  const dutyMs = stays ? Number.POSITIVE_INFINITY : Math.max(0, ...terms.map(({ endMs }) => endMs));
  const endMs = Math.min(dutyMs, policy.expiresAtMs ?? Number.POSITIVE_INFINITY);
  return endMs === Number.POSITIVE_INFINITY ? undefined : endMs;
};

export const whoComesHasTheEnd: WriteInvariant = {
  name: 'whoever is let in is out at the end of policy and duty, without the controller',
  check: ({ place, before, after, role }, { atMs, model, sweep, records }) => {
    const policy = policyFor(sweep.will, place.account, place.roleName);
    if (policy === undefined || records.editsSince(place, sweep.beganAt).length > 0) return undefined;
    const seen = model.seenBy(sweep);
    const stays = [...after.people].find((person) => {
      const endMs = endOf(person, policy, seen);
      return (
        !before.people.has(person) &&
        endMs !== undefined &&
        endMs > atMs &&
        endlessIn(role, place.account, endMs, new Set([person])).includes(person)
      );
    });
    return stays === undefined ? undefined : `lets ${personName(stays)} in for longer than she may`;
  },
};

export const endsComeByThemselves: SweepInvariant = {
  name: 'where nothing is held, everybody is out at the end of the policy, without the controller',
  check: (account, report, sweep, trial) => {
    if (!isHealthy(sweep, trial) || report.result !== 'ok') return undefined;
    for (const { name, held, state } of report.plan.roles) {
      const policy = policyFor(sweep.will, account, name);
      if (policy === undefined || held.length > 0 || state === 'unknown') continue;
      const role = trial.clouds.aws.roles(accountIds[account]).find((one) => one.name === name);
      const { people } = accessOf(role, account, trial.cloudsNow());
      const [first] = endlessIn(role, account, policy.expiresAtMs, people);
      if (first !== undefined) return `${personName(first)} stays in ${name} after its end`;
    }
    return undefined;
  },
};
