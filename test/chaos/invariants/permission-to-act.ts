// Nothing but a Lockout is written where the policy says suspend or observe, nothing but a leaver's removal where nobody has
// verified the federation or the policy may stand in a broken file, and no role is deleted that somebody could need.

import { isDenyPolicy, tagKeys } from '../../../src/domain/role.ts';
import type { SandboxRole } from '../../../src/sandbox/aws/aws-cloud.ts';
import { isLeaver } from '../model.ts';
import { instance, personName } from '../scene.ts';
import { isComplete, policyFor } from '../will.ts';
import { wasJustEdited } from './narrowing.ts';
import {
  mayBeLockedOut,
  lastLook,
  type RoleWritten,
  type WriteInvariant,
  type Witnesses,
} from './write-invariant.ts';

/** While files are broken, all that may happen to a role without policy. */
const moreThanLeavers = (write: RoleWritten, witnesses: Witnesses): string | undefined => {
  const { before, after } = write;
  const { model, sweep } = witnesses;
  const seen = model.seenBy(sweep);
  const stays = [...before.people].find(
    (person) =>
      !after.people.has(person) &&
      !seen.some((people) => isLeaver(person, people)) &&
      !mayBeLockedOut(person, witnesses) &&
      !wasJustEdited(person, write, witnesses),
  );
  if (stays !== undefined) return `puts ${personName(stays)} out while a policy file is invalid`;
  if (write.role === undefined) return 'deletes the role while a policy file is invalid';
  return [...before.actions].some((action) => !after.actions.has(action))
    ? 'takes permissions away while a policy file is invalid'
    : undefined;
};

/** All of a role but whom it names and whom it denies. */
const restOf = (role: SandboxRole): string => {
  const { trustDocument: _trust, inlinePolicies, ...rest } = role;
  const ours = Object.entries(inlinePolicies).filter(([name]) => !isDenyPolicy(name));
  return JSON.stringify([rest, ours]);
};

/** Whether more is done than to put out those who are meant. */
const moreThanPuttingOut = (
  write: RoleWritten,
  witnesses: Witnesses,
  isMeant: (person: string) => boolean,
): boolean => {
  const { before, after, role, roleBefore } = write;
  const lost = [...before.people].filter((person) => !after.people.has(person));
  const denied = [...after.denied].filter((person) => !before.denied.has(person));
  return (
    role === undefined ||
    roleBefore === undefined ||
    restOf(role) !== restOf(roleBefore) ||
    [...after.people].some((person) => !before.people.has(person)) ||
    lost.some((person) => !isMeant(person) && !wasJustEdited(person, write, witnesses)) ||
    denied.some((person) => !isMeant(person))
  );
};

/** Whom a Lockout names is put out of everything; that is all that may happen then. */
const moreThanLockouts = (write: RoleWritten, witnesses: Witnesses): boolean =>
  moreThanPuttingOut(write, witnesses, (person) => mayBeLockedOut(person, witnesses));

/** Entra itself says of leavers that they are out, whatever a NameID holds. */
const moreThanProven = (write: RoleWritten, witnesses: Witnesses): boolean => {
  const seen = witnesses.model.seenBy(witnesses.sweep);
  return moreThanPuttingOut(
    write,
    witnesses,
    (person) => mayBeLockedOut(person, witnesses) || seen.some((people) => isLeaver(person, people)),
  );
};

export const onlyWhereItMay: WriteInvariant = {
  name: 'nothing is written where the policy does not let it',
  check: (write, witnesses) => {
    const { will } = witnesses.sweep;
    const policy = policyFor(will, write.place.account, write.place.roleName);
    if (policy === undefined) return isComplete(will) ? undefined : moreThanLeavers(write, witnesses);
    if (policy.suspend && moreThanLockouts(write, witnesses))
      return 'is made although the policy is suspended';
    if (!will.isVerified && moreThanProven(write, witnesses))
      return 'is made although nobody has verified the federation';
    return policy.mode === 'observe' && moreThanLockouts(write, witnesses)
      ? 'is made although the mode is observe'
      : undefined;
  },
};

export const onlyOwnRoles: WriteInvariant = {
  name: 'only a role with our tag is written',
  check: ({ roleBefore, place, read }, { records, sweep }) => {
    if (roleBefore === undefined || isOurTag(roleBefore.tags, instance)) return undefined;
    // The tag may have gone since the last look.
    return records.editsSince(place, Math.max(read?.headMoment ?? 0, sweep.beganAt)).length > 0
      ? undefined
      : 'is made to a role that is not ours';
  },
};

export const onlyClosedRolesAreDeleted: WriteInvariant = {
  name: 'only a closed role without a policy is deleted',
  check: (write, witnesses) => {
    const { sweep, records } = witnesses;
    if (write.operation !== 'DeleteRole') return undefined;
    // Whatever somebody did to the role since the last look goes with it.
    if (records.editsSince(write.place, lastLook(write, witnesses)).length > 0) return undefined;
    if (write.before.people.size > 0) return 'deletes a role that people may enter';
    if (write.before.foreignDenies.size > 0) return "deletes a role with somebody's Deny on it";
    return policyFor(sweep.will, write.place.account, write.place.roleName) === undefined
      ? undefined
      : 'deletes the role of a policy that is there';
  },
};

export const isOurTag = (tags: Readonly<Record<string, string>>, mark: string): boolean =>
  tags[tagKeys.instance] === mark;
