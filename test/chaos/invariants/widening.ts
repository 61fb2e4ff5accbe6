// Nobody gets in by doubt: whoever gains a way in, or a permission, is somebody whom the policy behind the sweep means, as
// Entra was at a moment that the sweep can have seen; or somebody else gave it to her.

import type { Access } from '../access.ts';
import { isMeant } from '../model.ts';
import { personName } from '../scene.ts';
import { settleMs, toleratedSkewMs } from '../trial.ts';
import { type PolicyWill, hasEnded, isLockedOut, policyFor } from '../will.ts';
import { lastLook, type RoleWritten, type WriteInvariant, type Witnesses } from './write-invariant.ts';

/** To be let in at all, as if it were a permission. */
const entry = 'sts:AssumeRoleWithSAML';

const has = (access: Access, person: string, action: string): boolean =>
  access.people.has(person) &&
  (action === entry || (access.actions.has(action) && !access.denied.has(person)));

/** What somebody edited after the controller had looked for the last time, and IAM gives no means to notice. */
const unseenEdits = (write: RoleWritten, witnesses: Witnesses) => {
  const { place, operation } = write;
  const { records, sweep, lagMs } = witnesses;
  const ofPeople = operation === 'UpdateAssumeRolePolicy' ? lastLook(write, witnesses) : sweep.beganAt;
  return {
    // While IAM lags, it shows an edit that our own write has replaced by now.
    people: [...records.editsSince(place, ofPeople), ...(lagMs > 0 ? records.editsWithin(place, lagMs) : [])],
    // What somebody puts back soon after it was taken away is taken for IAM's lag.
    actions: records.editsWithin(place, settleMs),
  };
};

/** Her way in is the controller's and the permission somebody's newest edit, or the reverse. */
const isHalfUnseen = (
  person: string,
  action: string,
  { people, actions }: ReturnType<typeof unseenEdits>,
): boolean =>
  people.some(({ after }) => after.people.has(person)) ||
  (action !== entry &&
    actions.some(({ before, after }) => before.actions.has(action) || after.actions.has(action)));

const means = (policy: PolicyWill, person: string, action: string, witnesses: Witnesses): boolean =>
  policy.mode === 'enforce' &&
  !policy.suspend &&
  (action === entry || action === policy.action) &&
  !hasEnded(policy, witnesses.atMs) &&
  !isLockedOut(witnesses.sweep.will, person, witnesses.atMs + toleratedSkewMs) &&
  witnesses.model.seenBy(witnesses.sweep).some((people) => isMeant(person, policy, people));

export const nobodyGainsBeyondThePolicy: WriteInvariant = {
  name: 'nobody gains what no policy gives her',
  check: (write, witnesses) => {
    const { place, before, after, read } = write;
    const policy = policyFor(witnesses.sweep.will, place.account, place.roleName);
    const unseen = unseenEdits(write, witnesses);
    const known = [
      before,
      ...(read === undefined || read.moment < witnesses.sweep.beganAt ? [] : [read.access]),
      ...unseen.people.flatMap((edit) => [edit.before, edit.after]),
    ];
    for (const person of after.people) {
      for (const action of [entry, ...after.actions]) {
        if (!has(after, person, action)) continue;
        if (known.some((access) => has(access, person, action)) || isHalfUnseen(person, action, unseen))
          continue;
        if (policy === undefined || !means(policy, person, action, witnesses))
          return `gives ${personName(person)} ${action}`;
      }
    }
    return undefined;
  },
};
