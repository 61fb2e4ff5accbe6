// Somebody's emergency brake stays: a Deny that is not the controller's is in the role after every write that it was in before.

import type { WriteInvariant } from './of-writes.ts';

export const foreignDeniesStay: WriteInvariant = {
  name: "somebody's Deny stays",
  check: ({ before, after, read, role }, _witnesses) => {
    if (role === undefined) return undefined;
    const lost = [...before.foreignDenies].find(
      // One that was put there after the last read is lost with the write.
      (deny) => !after.foreignDenies.has(deny) && (read === undefined || read.access.foreignDenies.has(deny)),
    );
    return lost === undefined ? undefined : `takes away ${lost}`;
  },
};
