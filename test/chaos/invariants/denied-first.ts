// The trust policy is all that names who has to be denied: whoever leaves it by name is denied in that role before, so that a
// crash in between forgets nobody.

import { accessOf } from '../access.ts';
import { accountIds, personName } from '../scene.ts';
import { toleratedSkewMs } from '../trial.ts';
import { wasJustEdited } from './narrowing.ts';
import type { RoleWritten, WriteInvariant, Witnesses } from './write-invariant.ts';

/** Where IAM refuses the deny, or a look at what is denied, for good, entry is closed at least. */
const wasRefused = ({ place }: RoleWritten, { records }: Witnesses): boolean => {
  const refusals = ['Get', 'Put', 'Delete'].map(
    (verb) => `${accountIds[place.account]} iam ${verb}RolePolicy ${place.roleName}: 403`,
  );
  return records.lines().some((line) => refusals.some((refusal) => line.includes(refusal)));
};

export const whoLeavesWasDenied: WriteInvariant = {
  name: 'whoever leaves the trust policy was denied before',
  check: (write, witnesses) => {
    if (write.operation !== 'UpdateAssumeRolePolicy' || wasRefused(write, witnesses)) return undefined;
    const { before, after, place, roleBefore } = write;
    // A deny may be about to begin by a clock that is a little behind ours.
    const { denied } = accessOf(roleBefore, place.account, witnesses.atMs + toleratedSkewMs);
    const forgotten = [...before.people].find(
      (person) =>
        before.named.has(person) &&
        !after.named.has(person) &&
        !denied.has(person) &&
        !wasJustEdited(person, write, witnesses),
    );
    return forgotten === undefined
      ? undefined
      : `takes out ${personName(forgotten)}, whose sessions nothing denies`;
  },
};
