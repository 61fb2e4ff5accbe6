// Nobody is thrown out by a bad read: whoever loses her way in has left for sure, or is missing from two complete reads of every
// group of the policy, or is of no policy any more; or a Lockout names her, or the end of the policy has come.

import { groupKey } from '../../../src/domain/directory.ts';
import type { GroupRead } from '../group-reads.ts';
import { accessOf } from '../access.ts';
import { isLeaver } from '../model.ts';
import { groupIds, groupNames, personName } from '../scene.ts';
import { type GroupWill, type PolicyWill, hasEnded, isComplete, policyFor } from '../will.ts';
import { settleMs, toleratedSkewMs } from '../trial.ts';
import { mayBeLockedOut, type RoleWritten, type WriteInvariant, type Witnesses } from './write-invariant.ts';

const groups: ReadonlySet<string> = new Set(groupNames.map((name) => groupIds[name]));
export const isEmpty = (read: GroupRead | undefined): boolean =>
  read !== undefined && [...read.members].every((id) => groups.has(id));

/**
 * Two reads, one after the other, both since the sweep's knowledge began. If they show nobody at all, the poll before has shown
 * nobody either; a second look that contradicted it may stand in between.
 */
const isMissingTwice = (person: string, group: GroupWill, { groupReads, sweep }: Witnesses): boolean => {
  const reads = groupReads.of(groupKey({ id: groupIds[group.name], nested: group.nested }));
  return reads.some((second, index) => {
    const first = reads[index - 1];
    if (first === undefined || first.beganAt < sweep.fromMoment) return false;
    if (first.members.has(person) || second.members.has(person)) return false;
    return !isEmpty(first) || !isEmpty(second) || isEmpty(reads[index - 2]) || isEmpty(reads[index - 3]);
  });
};

/** IAM gives no means to notice what somebody does between a look and the write, and shows it while it lags like its own past. */
export const wasJustEdited = (person: string, { place }: RoleWritten, { records }: Witnesses): boolean =>
  records
    .editsWithin(place, settleMs)
    .some(({ before, after }) => after.people.has(person) !== before.people.has(person));

const hasReason = (
  person: string,
  policy: PolicyWill | undefined,
  write: RoleWritten,
  witnesses: Witnesses,
): boolean => {
  const { model, sweep } = witnesses;
  // The controller knows nobody whom the document does not name; only an edit by hand lets such people in.
  if (!write.before.named.has(person)) return true;
  // She is still named, and it is somebody's Deny that stands against her.
  if (write.after.named.has(person) && write.after.foreignDenies.size > 0) return true;
  const seen = model.seenBy(sweep);
  if (seen.some((people) => isLeaver(person, people))) return true;
  // Her access ends by itself right now, and a clock that is a little ahead was the first to know.
  if (!accessOf(write.roleBefore, write.place.account, witnesses.atMs + toleratedSkewMs).people.has(person))
    return true;
  if (mayBeLockedOut(person, witnesses)) return true;
  if (policy === undefined) return isComplete(sweep.will);
  if (hasEnded(policy, witnesses.atMs + toleratedSkewMs)) return true;
  if (wasJustEdited(person, write, witnesses)) return true;
  return policy.groups.every((group) => isMissingTwice(person, group, witnesses));
};

export const nobodyIsPutOutWithoutReason: WriteInvariant = {
  name: 'nobody is put out without reason',
  check: (write, witnesses) => {
    const { place, before, after } = write;
    const policy = policyFor(witnesses.sweep.will, place.account, place.roleName);
    for (const person of before.people) {
      if (after.people.has(person) || hasReason(person, policy, write, witnesses)) continue;
      return `puts ${personName(person)} out, who belongs or of whom too little is known`;
    }
    return undefined;
  },
};
