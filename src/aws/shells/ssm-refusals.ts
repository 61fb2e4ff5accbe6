// What the Session Manager refuses, by code.

import type { RulesByCode } from '../error-rule.ts';

export const ssmRules: RulesByCode = {
  DoesNotExistException: {
    kind: 'conflict',
    sentence: (call) => `${call.resource} is gone: it ended by itself, or somebody ended it`,
  },
  InvalidNextToken: {
    kind: 'transient',
    sentence: (call) =>
      `AWS lost the place in the list of ${call.resource} while it was read: nothing is concluded from it, and it is read again`,
  },
};
