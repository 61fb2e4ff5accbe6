// Somebody's emergency brake stays: a Deny that is not the controller's is in the role after every write that it was in before.

import { lastLook, type WriteInvariant } from './write-invariant.ts';

export const foreignDeniesStay: WriteInvariant = {
  name: "somebody's Deny stays",
  check: (write, witnesses) => {
    const { before, after, role, place } = write;
    if (role === undefined) return undefined;
    // One that was put there after the last look is lost with the write.
    const unseen = witnesses.records.editsSince(place, lastLook(write, witnesses));
    const lost = [...before.foreignDenies].find(
      (deny) => !after.foreignDenies.has(deny) && !unseen.some((edit) => edit.after.foreignDenies.has(deny)),
    );
    return lost === undefined ? undefined : `takes away ${lost}`;
  },
};
