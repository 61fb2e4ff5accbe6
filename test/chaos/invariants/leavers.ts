// Out means out: once a sweep rests on reads that were made in a healthy world, whoever is disabled or deleted is out of all
// roles where the controller may act.

import { accessOf } from '../access.ts';
import { isLeaver, type Knowledge, type Place, vanishedGroups } from '../model.ts';
import { type AccountName, accountIds, instance, personName } from '../scene.ts';
import { settleMs, type Trial } from '../trial.ts';
import { policyFor } from '../will.ts';
import type { SweepInvariant } from './sweep-invariant.ts';
import { isOurTag } from './permission-to-act.ts';

export const isHealthy = (
  sweep: Knowledge,
  { records, timeline, lastTrouble, isFaulty, lag }: Trial,
): boolean => {
  const editedAtMs = records.lastEditAtMs();
  return (
    !isFaulty &&
    lag.aws + lag.entra === 0 &&
    sweep.fromMoment > lastTrouble() &&
    (editedAtMs === undefined || timeline.now() - editedAtMs > settleMs)
  );
};

const mayAct = (account: AccountName, roleName: string, { will }: Knowledge): boolean => {
  const policy = policyFor(will, account, roleName);
  return policy === undefined || (!policy.suspend && policy.mode !== 'observe');
};

/** A statement of somebody else that names nobody stays while its policy is gone or its groups are: its removal is held. */
const mayStayOpen = ({ model }: Trial, { will }: Knowledge, { account, roleName }: Place): boolean => {
  const policy = policyFor(will, account, roleName);
  return policy === undefined || vanishedGroups(policy, model.now()).length > 0;
};

export const leaversAreOut: SweepInvariant = {
  name: 'a leaver is out within one sweep',
  check: (account, _report, sweep, trial) => {
    if (!isHealthy(sweep, trial)) return undefined;
    const { clouds, model } = trial;
    const seen = model.seenBy(sweep);
    for (const role of clouds.aws.roles(accountIds[account])) {
      if (!isOurTag(role.tags, instance) || !mayAct(account, role.name, sweep)) continue;
      const { people, named } = accessOf(role, account, trial.cloudsNow());
      const left = [...people].find(
        (person) =>
          seen.every((then) => isLeaver(person, then)) &&
          (named.has(person) || !mayStayOpen(trial, sweep, { account, roleName: role.name })),
      );
      if (left !== undefined) return `${personName(left)} may still enter ${role.name}`;
    }
    return undefined;
  },
};
