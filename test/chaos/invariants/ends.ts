// Access that ends by a date ends by itself: the documents in AWS say so, and nobody has to come back for it.

import type { SandboxRole } from '../../../src/sandbox/aws/aws-cloud.ts';
import { accessOf } from '../access.ts';
import { type AccountName, accountIds, personName } from '../scene.ts';
import { type PolicyWill, hasEnded, policyFor } from '../will.ts';
import { isHealthy } from './leavers.ts';
import type { SweepInvariant } from './sweep-invariant.ts';
import type { WriteInvariant } from './write-invariant.ts';

/** Whoever could still enter when the end of the policy has come, or whose sessions would go on; nobody for one without. */
export const endlessIn = (
  role: SandboxRole | undefined,
  account: AccountName,
  { expiresAtMs }: PolicyWill,
  inside: ReadonlySet<string> = new Set(),
): readonly string[] => {
  if (expiresAtMs === undefined) return [];
  const { people, denied } = accessOf(role, account, expiresAtMs);
  return [...people, ...[...inside].filter((person) => !denied.has(person))];
};

export const whoComesHasTheEnd: WriteInvariant = {
  name: 'whoever is let in is out at the end of the policy, without the controller',
  check: ({ place, before, after, role }, { atMs, sweep, records }) => {
    const policy = policyFor(sweep.will, place.account, place.roleName);
    if (policy === undefined || hasEnded(policy, atMs)) return undefined;
    if (records.editsSince(place, sweep.beganAt).length > 0) return undefined;
    const newcomers = new Set([...after.people].filter((person) => !before.people.has(person)));
    const [first] = endlessIn(role, place.account, policy, newcomers).filter((one) => newcomers.has(one));
    return first === undefined ? undefined : `lets ${personName(first)} in for longer than the policy`;
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
      const [first] = endlessIn(role, account, policy, people);
      if (first !== undefined) return `${personName(first)} stays in ${name} after its end`;
    }
    return undefined;
  },
};
