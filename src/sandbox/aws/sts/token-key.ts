// The key with which the sandbox's Entra signs assertions and tokens, and with which its STS checks them. Real ones are
// asymmetric; here both ends are one process, and what matters is that nobody else can make or change a token.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export interface TokenKey {
  /** base64url */
  sign(text: string): string;
  verifies(text: string, signature: string): boolean;
}

export const createTokenKey = (): TokenKey => {
  const key = randomBytes(32);
  const sign = (text: string): string => createHmac('sha256', key).update(text, 'utf8').digest('base64url');
  return {
    sign,
    verifies: (text, signature) => {
      const expected = Buffer.from(sign(text));
      const given = Buffer.from(signature);
      return expected.length === given.length && timingSafeEqual(expected, given);
    },
  };
};
