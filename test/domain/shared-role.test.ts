// Statements of ours in a trust policy of somebody else's: known by their Sid alone, and all others carried along.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderTrustGrants } from '../../src/domain/render-trust-grants.ts';
import { readTrustGrants } from '../../src/domain/read-trust-grants.ts';
import {
  isOwnSid,
  othersPart,
  ownPart,
  withInstance,
  withoutInstance,
} from '../../src/domain/shared-role.ts';
import { type JsonObject, parseDocument, renderDocument, sidOf } from '../../src/domain/statement.ts';
import type { TrustGrants } from '../../src/domain/trust-grants.ts';
import { samlProvider } from '../builders.ts';
import { arbitraryOwnTrust, foreignAllows, foreignDenyStatements, providers } from './arbitrary-trust.ts';

const statementsOf = (document: string): readonly JsonObject[] => {
  const parsed = parseDocument(document);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.statements;
};

const read = (document: string, instance = 'contoso-main'): TrustGrants => {
  const result = readTrustGrants(document, instance);
  if (!result.ok) throw new Error(result.reason);
  return result.trust;
};

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?$/);
const kinds = ['People', 'People2', 'Assigned', 'Workloads', 'SessionTags', 'SourceIdentity', 'Closed'];

describe('the Sid of a statement in a shared role', () => {
  it.each([
    ['RolewardencontosoZmainPeople', true],
    ['RolewardencontosoZmainClosed2', true],
    ['RolewardencontosoZmain', true],
    ['RolewardenPeople', false],
    ['RolewardencontosoPeople', false],
    ['RolewardencontosoZmain2People', false],
    ['RolewardencontosoZmainZeastPeople', false],
    ['rolewardencontosoZmainPeople', false],
    ['ContosoOperators', false],
    ['', false],
  ])('%s: of contoso-main %s', (sid, expected) => {
    expect(isOwnSid(sid, 'contoso-main')).toBe(expected);
  });

  it('tells any two instances apart', () => {
    fc.assert(
      fc.property(label, label, fc.constantFrom(...kinds), (one, other, kind) => {
        const sid = sidOf(withInstance({ Sid: `Rolewarden${kind}` }, one));
        expect(sid).toMatch(/^[A-Za-z0-9]+$/);
        expect(isOwnSid(sid, one)).toBe(true);
        expect(isOwnSid(sid, other)).toBe(one === other);
        expect(withoutInstance({ Sid: sid }, one)).toEqual({ Sid: `Rolewarden${kind}` });
      }),
    );
  });
});

const operators: JsonObject = {
  Sid: 'RolewardenPeople',
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::444455556666:role/pipeline' },
  Action: 'sts:AssumeRole',
};

describe('a shared trust policy', () => {
  it('keeps the statements of others verbatim and in their order, whatever is granted beside them', () => {
    const others = fc.subarray(
      [operators, ...foreignAllows, ...foreignDenyStatements].map((statement, index) => ({
        ...statement,
        Sid: `Other${index}`,
      })),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(others, arbitraryOwnTrust, arbitraryOwnTrust, (stand, first, second) => {
        const shared = { instance: 'contoso-main', others: stand };
        const once = renderTrustGrants({ ...first, foreignDenies: [], shared }, providers);
        const again = read(once);
        expect(again.shared).toEqual(shared);
        const twice = renderTrustGrants({ ...again, grants: second.grants }, providers);
        expect(statementsOf(twice).slice(0, stand.length)).toEqual(stand);
        expect(othersPart(twice, 'contoso-main')).toBe(othersPart(renderDocument(stand), 'contoso-main'));
        const sids = statementsOf(twice).map(sidOf).filter(Boolean);
        expect(new Set(sids).size).toBe(sids.length);
      }),
      { numRuns: 300 },
    );
  });

  it('grants what it would grant in a role of our own', () => {
    fc.assert(
      fc.property(arbitraryOwnTrust, ({ grants }) => {
        const shared = { instance: 'contoso-main', others: [operators] };
        const own = readTrustGrants(renderTrustGrants({ grants, foreignDenies: [] }, providers));
        const document = renderTrustGrants({ grants, foreignDenies: [], shared }, providers);
        expect(own.ok && [...read(document).grants]).toEqual(own.ok && [...own.trust.grants]);
      }),
    );
  });

  it('closes nobody out as long as others stand there, and is never empty', () => {
    const nobody = { grants: new Map(), foreignDenies: [] };
    const besides = (others: readonly JsonObject[]) =>
      statementsOf(
        renderTrustGrants({ ...nobody, shared: { instance: 'contoso-main', others } }, [samlProvider]),
      );
    expect(besides([operators])).toEqual([operators]);
    expect(besides([])).toMatchObject([{ Sid: 'RolewardencontosoZmainClosed', Effect: 'Deny' }]);
  });

  it('takes a statement with our Sid for ours, whatever somebody made it say', () => {
    const forged: JsonObject = { ...operators, Sid: 'RolewardencontosoZmainPeople', Principal: '*' };
    const trust = read(renderDocument([operators, forged]));
    expect([...trust.grants.values()]).toMatchObject([{ kind: 'foreign', statement: { Principal: '*' } }]);
    expect(trust.shared?.others).toEqual([operators]);
  });

  it('takes a statement that says just what we say for that of another, without our Sid', () => {
    const mine = statementsOf(
      renderTrustGrants(
        {
          grants: new Map([
            ['one', { kind: 'person', provider: samlProvider, audience: 'a', sub: 's', untilMs: undefined }],
          ]),
          foreignDenies: [],
        },
        [samlProvider],
      ),
    );
    const trust = read(renderDocument(mine));
    expect([trust.grants.size, trust.shared?.others]).toEqual([0, mine]);
  });

  it('never takes away a Deny, even under our Sid', () => {
    const brake: JsonObject = {
      Sid: 'RolewardencontosoZmainPeople',
      Effect: 'Deny',
      Principal: '*',
      Action: '*',
    };
    const trust = read(renderDocument([operators, brake]));
    const written = statementsOf(renderTrustGrants({ ...trust, grants: new Map() }, [samlProvider]));
    expect(written).toContainEqual(brake);
  });

  it('has two parts, each of which stays the same while the other changes', () => {
    const [one, two] = [
      renderDocument([operators, { ...operators, Sid: 'RolewardencontosoZmainPeople' }]),
      renderDocument([operators]),
    ];
    expect(othersPart(one, 'contoso-main')).toBe(othersPart(two, 'contoso-main'));
    expect([ownPart(one, 'contoso-main') === '', ownPart(two, 'contoso-main')]).toEqual([false, '']);
  });
});
