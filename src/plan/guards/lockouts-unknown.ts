// Nobody comes in by doubt: somebody may be locked out by a file that cannot be read.

import { guardEach, hold } from './guard.ts';

export const lockoutsUnknown = guardEach(({ detail, effect }, _role, { input }) =>
  detail.kind === 'grant' && effect === 'widens' && 'sub' in detail.grant && !input.knowsLockouts
    ? hold(
        'sourcesInvalid',
        'a policy file is invalid and may hold a Lockout, so nobody new is let in; repair the policy files',
      )
    : undefined,
);
