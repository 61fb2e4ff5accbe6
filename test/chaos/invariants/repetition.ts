// IAM shows what was written only later. A controller that takes this for drift writes the same again and again.

import type { WriteInvariant } from './of-writes.ts';

export const nothingIsWrittenTwice: WriteInvariant = {
  name: 'nothing is written that stands already',
  check: ({ roleBefore, role }, { wasFaulty }) =>
    JSON.stringify(roleBefore) === JSON.stringify(role) && !wasFaulty
      ? 'writes what is there, although every answer came'
      : undefined,
};
