// Nobody gets in by doubt: whoever gains a way in, or a permission, is somebody whom the policy behind the sweep means, as
// Entra was at a moment that the sweep can have seen; or somebody else gave it to her.

import type { Access } from '../access.ts';
import { isEntitled } from '../model.ts';
import { personName } from '../scene.ts';
import { type PolicyWill, policyFor } from '../will.ts';
import type { RoleWritten, WriteInvariant, Witnesses } from './of-writes.ts';

/** To be let in at all, as if it were a permission. */
const entry = 'sts:AssumeRoleWithSAML';

const has = (access: Access, person: string, action: string): boolean =>
  access.people.has(person) && (action === entry || access.actions.has(action));

/** What somebody edited after the sweep had looked, and IAM gives no means to notice. */
const unseen = ({ place }: RoleWritten, { records, sweep }: Witnesses): readonly Access[] =>
  records.editsSince(place, sweep.beganAt).flatMap(({ before, after }) => [before, after]);

const means = (policy: PolicyWill, person: string, action: string, witnesses: Witnesses): boolean =>
  policy.mode === 'enforce' &&
  !policy.suspend &&
  (action === entry || action === policy.action) &&
  witnesses.model.seenBy(witnesses.sweep).some((people) => isEntitled(person, policy, people));

export const nobodyGainsBeyondThePolicy: WriteInvariant = {
  name: 'nobody gains what no policy gives her',
  check: (write, witnesses) => {
    const { place, before, after, read } = write;
    const policy = policyFor(witnesses.sweep.will, place.account, place.roleName);
    const edits = unseen(write, witnesses);
    const known = [before, ...(read === undefined ? [] : [read.access]), ...edits];
    for (const person of after.people) {
      for (const action of [entry, ...after.actions]) {
        if (known.some((access) => has(access, person, action))) continue;
        // Her way in may be ours and the permission somebody's newest edit, or the reverse.
        const isHalfUnseen =
          edits.some(({ people }) => people.has(person)) || edits.some(({ actions }) => actions.has(action));
        if (isHalfUnseen) continue;
        if (policy === undefined || !means(policy, person, action, witnesses))
          return `gives ${personName(person)} ${action}`;
      }
    }
    return undefined;
  },
};
