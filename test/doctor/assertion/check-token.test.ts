// What the access token of a workload shows, in both versions.

import { describe, expect, it } from 'vitest';
import { examineCaptured } from '../../../src/doctor/assertion/examine-captured.ts';
import { oidcFingerprint } from '../../../src/domain/verification.ts';
import {
  accessPolicy,
  federation,
  oidcFederation,
  oidcIssuer,
  policySet,
  servicePrincipalSubject,
  tenantId,
  uuid,
} from '../../builders.ts';
import { nowMs } from './responses.ts';

const principal = uuid('c', 1);
const tokenOf = (claims: object): string =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

const version1 = {
  iss: `https://${oidcIssuer}`,
  aud: 'api://rolewarden',
  appid: uuid('d', 1),
  sub: principal,
  oid: principal,
  ver: '1.0',
};
const secondIssuer = `login.microsoftonline.com/${tenantId}/v2.0`;
const version2 = {
  iss: `https://${secondIssuer}`,
  aud: 'api://rolewarden',
  azp: uuid('d', 1),
  sub: principal,
  oid: principal,
  ver: '2.0',
};

const examine = (claims: object, oidc = oidcFederation()) =>
  examineCaptured(
    { kind: 'token', token: tokenOf(claims) },
    policySet({
      federations: [federation({ oidc })],
      policies: [accessPolicy({ groups: [], servicePrincipals: [servicePrincipalSubject(principal)] })],
    }),
    undefined,
    nowMs,
  );

describe('a saved token', () => {
  it.each([
    ['1', version1, oidcFederation()],
    ['2', version2, oidcFederation({ issuer: secondIssuer, tokenVersion: 2 })],
  ])('of version %s that is as the Federation says is verified', (_, claims, oidc) => {
    const found = examine(claims, oidc);
    expect(found.checks.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(found).toMatchObject({ part: 'oidc', verified: oidcFingerprint(tenantId, oidc) });
  });

  it.each([
    [
      'another issuer',
      { iss: `https://${oidcIssuer}`.slice(0, -1) },
      'issuer',
      'missing',
      /IAM compares every/,
    ],
    [
      'another audience',
      { aud: 'https://graph.microsoft.com' },
      'audience',
      'missing',
      /the Federation lists/,
    ],
    ['no client', { appid: undefined }, 'client', 'missing', /has no appid/],
    ["a person's", { scp: 'access', upn: 'a@contoso.com' }, 'subject', 'missing', /it is a person's token/],
    ['another sub than oid', { sub: 'pairwise' }, 'subject', 'missing', /sub is "pairwise"/],
    ['no oid', { oid: undefined }, 'subject', 'warning', /nothing else says/],
    ['one that no policy names', { sub: uuid('c', 9), oid: uuid('c', 9) }, 'subject', 'warning', /no policy/],
  ])('%s', (_, change, what, state, message) => {
    const { checks, verified } = examine({ ...version1, ...change });
    const [found, ...more] = checks.filter((one) => one.state !== 'ok');
    expect(more).toEqual([]);
    expect(found).toMatchObject({ what, state });
    expect(found?.found).toMatch(message);
    expect(verified !== undefined).toBe(state !== 'missing');
  });

  it('of the other version says so of version and issuer both', () => {
    const wrong = examine(version2).checks.filter(({ state }) => state === 'missing');
    expect(wrong.map(({ what }) => what)).toEqual(['version', 'issuer', 'client']);
  });

  it.each(['e30.bm8.c2ln', 'e30..', `e30.${Buffer.from('[1]').toString('base64url')}.x`])(
    'that cannot be read is an error, which does not repeat it: %s',
    (token) => {
      const policies = policySet({ federations: [federation({ oidc: oidcFederation() })] });
      const attempt = () => examineCaptured({ kind: 'token', token }, policies, undefined, nowMs);
      expect(attempt).toThrow('the token cannot be read: save the whole access token, three parts with dots');
    },
  );
});
