// More than three people of a policy lose access at once only if somebody said in Git that it is meant. Proven leavers, ends
// and Lockouts do not count.

import { parseAcknowledgement, policyScope } from '../../../src/domain/acknowledgement.ts';
import { accessOf } from '../access.ts';
import { isLeaver } from '../model.ts';
import { toleratedSkewMs } from '../trial.ts';
import { policyOfRole } from '../will.ts';
import { wasJustEdited } from './narrowing.ts';
import { mayBeLockedOut, type RoleWritten, type WriteInvariant, type Witnesses } from './write-invariant.ts';

const mostAtOnce = 3;

const isAcknowledged = (
  lost: readonly string[],
  { place: { account, roleName } }: RoleWritten,
  { sweep, atMs }: Witnesses,
): boolean => {
  const scope = policyScope(account, policyOfRole(roleName) ?? '');
  return sweep.will.acknowledged
    .flatMap((line) => parseAcknowledgement(line) ?? [])
    .some(
      (one) =>
        one.scope === scope &&
        one.untilMs > atMs - toleratedSkewMs &&
        lost.every((person) => one.subjects.has(person)),
    );
};

export const manyLoseByWord: WriteInvariant = {
  name: 'many lose access at once only by a word in Git',
  check: (write, witnesses) => {
    const { before, after, place, roleBefore } = write;
    const { atMs, model, sweep } = witnesses;
    const lasting = accessOf(roleBefore, place.account, atMs + toleratedSkewMs).people;
    const seen = model.seenBy(sweep);
    const lost = [...before.people].filter(
      (person) =>
        before.named.has(person) &&
        lasting.has(person) &&
        !after.people.has(person) &&
        !seen.some((people) => isLeaver(person, people)) &&
        !mayBeLockedOut(person, witnesses) &&
        !wasJustEdited(person, write, witnesses),
    );
    return lost.length <= mostAtOnce || isAcknowledged(lost, write, witnesses)
      ? undefined
      : `puts ${lost.length} people out, and nobody said that this is meant`;
  },
};
