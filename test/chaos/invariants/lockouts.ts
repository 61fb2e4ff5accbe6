// Out of everything at once: once a sweep rests on policies with a Lockout, whoever it names is out of all our roles, whatever
// their policies say, and whether or not they can be read.

import { accessOf } from '../access.ts';
import { accountIds, everybody, instance, personId, personName } from '../scene.ts';
import { toleratedSkewMs } from '../trial.ts';
import { isLockedOut } from '../will.ts';
import { isHealthy } from './leavers.ts';
import { isOurTag } from './permission-to-act.ts';
import type { SweepInvariant } from './sweep-invariant.ts';

export const whoIsLockedOutIsOut: SweepInvariant = {
  name: 'whom a Lockout names is out within one sweep',
  check: (account, _report, sweep, trial) => {
    if (!isHealthy(sweep, trial)) return undefined;
    const atMs = trial.cloudsNow();
    const lockedOut = everybody
      .map(personId)
      .filter((person) => isLockedOut(sweep.will, person, atMs + toleratedSkewMs));
    for (const role of trial.clouds.aws.roles(accountIds[account])) {
      if (!isOurTag(role.tags, instance)) continue;
      const { people, named, denied } = accessOf(role, account, atMs);
      // By a statement that names nobody she may still enter: to sessions that are denied everything.
      const left = lockedOut.find(
        (person) => people.has(person) && (named.has(person) || !denied.has(person)),
      );
      if (left !== undefined) return `${personName(left)} may still enter ${role.name}`;
    }
    return undefined;
  },
};
