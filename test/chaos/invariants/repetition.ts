// IAM shows what was written only later. A controller that takes this for drift writes the same again and again.

import type { WriteInvariant } from './write-invariant.ts';

export const nothingIsWrittenTwice: WriteInvariant = {
  name: 'nothing is written that stands already',
  check: ({ roleBefore, role }, { isDisturbed }) =>
    JSON.stringify(roleBefore) === JSON.stringify(role) && !isDisturbed
      ? 'writes what is there, although every answer came'
      : undefined,
};
