// What a token says that it is good for, whatever else is in it.

import { describe, expect, it } from 'vitest';
import { claimsOf } from '../../src/entra/token-claims.ts';

const part = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');
const token = (claims: unknown): string => `${part({ alg: 'RS256' })}.${part(claims)}.signature`;

describe('the claims of a token', () => {
  it('names client, tenant and permissions, sorted, each once', () => {
    const roles = ['User.Read.All', 'GroupMember.Read.All', 'User.Read.All'];
    expect(claimsOf(token({ appid: 'client', tid: 'tenant', roles }))).toEqual({
      clientId: 'client',
      tenantId: 'tenant',
      roles: ['GroupMember.Read.All', 'User.Read.All'],
    });
  });

  it('of a v2 token the client is azp', () => {
    expect(claimsOf(token({ azp: 'client' }))?.clientId).toBe('client');
  });

  it('without the claim roles there are no permissions', () => {
    expect(claimsOf(token({ appid: 'client' }))?.roles).toEqual([]);
  });

  it('passes over what is no name of a permission', () => {
    expect(
      claimsOf(token({ roles: ['User.Read.All', 7, '\u001b[31mroot', 'x'.repeat(200)] }))?.roles,
    ).toEqual(['User.Read.All']);
  });

  it.each(['opaque', 'a.b', `a.${Buffer.from('no json').toString('base64url')}.c`, `a.${part(['list'])}.c`])(
    'nothing is known of %s',
    (text) => {
      expect(claimsOf(text)).toBeUndefined();
    },
  );
});
