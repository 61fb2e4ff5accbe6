// Out means out: once a sweep rests on reads that were made in a healthy world, whoever is disabled or deleted is out of all
// roles where the controller may act.

import { groupKey } from '../../../src/domain/directory.ts';
import { accessOf } from '../access.ts';
import { isLeaver, type Knowledge, type Place, vanishedGroups } from '../model.ts';
import { type AccountName, accountIds, groupIds, instance, personName } from '../scene.ts';
import { settleMs, type Trial } from '../trial.ts';
import { type GroupWill, policyFor } from '../will.ts';
import { isEmpty } from './narrowing.ts';
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

/** A poll has shown nobody in it, and perhaps a second look; the next poll settles it. */
const isEmptiedOnce = ({ name, nested }: GroupWill, groupReads: Trial['groupReads']): boolean => {
  const reads = groupReads.of(groupKey({ id: groupIds[name], nested }));
  return isEmpty(reads.at(-1)) && reads.filter(isEmpty).length <= 2;
};

/** A statement of somebody else that names nobody stays while its policy is gone, its federation unverified, or a group of it, or is read as empty once: its removal is held. */
const mayStayOpen = (
  { model, groupReads }: Trial,
  { will }: Knowledge,
  { account, roleName }: Place,
): boolean => {
  const policy = policyFor(will, account, roleName);
  return (
    policy === undefined ||
    !will.isVerified ||
    vanishedGroups(policy, model.now()).length > 0 ||
    policy.groups.some((group) => isEmptiedOnce(group, groupReads))
  );
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
