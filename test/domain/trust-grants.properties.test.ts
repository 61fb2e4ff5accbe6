import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalDocument,
  canonicalStatement,
  compareText,
  parseDocument,
  renderDocument,
} from '../../src/domain/statement.ts';
import { type EntryRequest, mayEnter } from '../../src/domain/trust-evaluator.ts';
import { type TrustGrant, type TrustGrants, isEntry } from '../../src/domain/trust-grants.ts';
import { readTrustGrants } from '../../src/domain/read-trust-grants.ts';
import { renderTrustGrants } from '../../src/domain/render-trust-grants.ts';
import { closedSid, closedStatement } from '../../src/domain/closed-trust.ts';
import { parseTrustPolicy } from '../../src/domain/trust-policy.ts';
import { oidcIssuer } from '../builders.ts';
import {
  type Trust,
  arbitraryOwnTrust,
  arbitraryRequest,
  arbitraryTrust,
  foreignAllows,
  foreignDenyStatements,
  providers,
  respelled,
  trustOf,
} from './arbitrary-trust.ts';

const read = (document: string): TrustGrants => {
  const result = readTrustGrants(document);
  if (!result.ok) throw new Error(result.reason);
  return result.trust;
};

const decide = (document: string, request: EntryRequest): string => {
  const parsed = parseTrustPolicy(document);
  if (!parsed.ok) throw new Error(parsed.reason);
  return mayEnter(parsed.policy, request).decision;
};

/** What is granted and denied, without order and Sids: a foreign grant is its key. */
const meaning = ({ grants, foreignDenies }: Trust) => ({
  grants: [...grants]
    .map(([key, grant]) => ({ key, grant: grant.kind === 'foreign' ? key : grant }))
    .sort((a, b) => compareText(a.key, b.key)),
  foreignDenies: foreignDenies.map(canonicalStatement).sort(),
});

const isOpen = (trust: Trust): boolean => [...trust.grants.values()].some(isEntry);

const admits = (grant: TrustGrant, { principal, context, atMs }: EntryRequest): boolean => {
  const has = (key: string, value: string) => context.get(key)?.[0] === value;
  if (!('provider' in grant) || grant.provider !== principal.id) return false;
  const isInTime = !('untilMs' in grant) || grant.untilMs === undefined || atMs < grant.untilMs;
  switch (grant.kind) {
    case 'person':
      return isInTime && has('saml:aud', grant.audience) && has('saml:sub', grant.sub);
    case 'anyone':
      return isInTime && has('saml:aud', grant.audience);
    case 'servicePrincipal':
      return (
        isInTime &&
        has(`${oidcIssuer}:aud`, grant.aud) &&
        has(`${oidcIssuer}:sub`, grant.sub) &&
        (grant.oaud === undefined || has(`${oidcIssuer}:oaud`, grant.oaud))
      );
    case 'ecsTasks':
      return (
        has('aws:sourceaccount', grant.accountId) &&
        context.get('aws:sourcearn')?.[0]?.startsWith(grant.sourceArn.slice(0, -1)) === true
      );
    case 'sessionTags':
    case 'sourceIdentity':
      return false;
  }
};

const runs = { numRuns: 400 };

describe('writing grants and reading them', () => {
  it('gives the same grants and denies, as long as somebody may enter', () => {
    fc.assert(
      fc.property(arbitraryTrust, (trust) => {
        const again = read(renderTrustGrants(trust, providers));
        expect(meaning(again)).toEqual(meaning(isOpen(trust) ? trust : { ...trust, grants: new Map() }));
        expect(again.silenced).toEqual([]);
      }),
      runs,
    );
  });

  it('gives the same bytes in whatever order the grants came', () => {
    fc.assert(
      fc.property(arbitraryTrust, fc.integer(), (trust, seed) => {
        const grants = [...trust.grants.values()];
        const turned = trustOf(
          [
            ...grants.slice(seed % (grants.length + 1)),
            ...grants.slice(0, seed % (grants.length + 1)),
          ].toReversed(),
          trust.foreignDenies,
        );
        expect(renderTrustGrants(turned, providers)).toBe(renderTrustGrants(trust, providers));
      }),
      runs,
    );
  });

  it('gives the same bytes again when what was read is written', () => {
    fc.assert(
      fc.property(arbitraryOwnTrust, (trust) => {
        const document = renderTrustGrants(trust, providers);
        expect(renderTrustGrants(read(document), providers)).toBe(document);
      }),
      runs,
    );
  });

  it('survives every spelling in which AWS may show the document', () => {
    fc.assert(
      fc.property(arbitraryTrust, fc.integer(), (trust, seed) => {
        const document = renderTrustGrants(trust, providers);
        const other = respelled(document, seed);
        expect(meaning(read(other))).toEqual(meaning(read(document)));
        expect(canonicalDocument(other)).toBe(canonicalDocument(document));
      }),
      runs,
    );
  });

  it('gives a document whose Sids are unique', () => {
    fc.assert(
      fc.property(arbitraryTrust, (trust) => {
        const parsed = parseDocument(renderTrustGrants(trust, providers));
        const sids = parsed.ok
          ? parsed.statements.map(({ Sid: sid }) => sid).filter((sid) => sid !== undefined)
          : [];
        expect(new Set(sids).size).toBe(sids.length);
      }),
      runs,
    );
  });
});

describe('a written document', () => {
  it('admits exactly those who are granted, with their audience, provider and time', () => {
    fc.assert(
      fc.property(arbitraryOwnTrust, arbitraryRequest, (trust, request) => {
        const isGranted = [...trust.grants.values()].some((grant) => admits(grant, request));
        expect(decide(renderTrustGrants(trust, providers), request)).toBe(isGranted ? 'allowed' : 'denied');
      }),
      { numRuns: 3_000 },
    );
  });

  it('admits each person who is granted, and nobody once her end has come', () => {
    fc.assert(
      fc.property(arbitraryOwnTrust, (trust) => {
        const document = renderTrustGrants(trust, providers);
        for (const grant of trust.grants.values()) {
          if (grant.kind !== 'person') continue;
          const request = {
            action: 'sts:AssumeRoleWithSAML',
            principal: { type: 'Federated' as const, id: grant.provider },
            context: new Map([
              ['saml:aud', [grant.audience]],
              ['saml:sub', [grant.sub]],
            ]),
            atMs: (grant.untilMs ?? 1) - 1,
          };
          expect(decide(document, request)).toBe('allowed');
        }
      }),
      runs,
    );
  });

  it('that is closed admits nobody', () => {
    const closed = renderTrustGrants(trustOf([]), providers);
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        expect(decide(closed, request)).toBe('denied');
      }),
      runs,
    );
  });
});

/** Statements of ours, of others, closing Denies among them: what a document looks like that somebody has edited. */
const arbitraryEdited = fc
  .tuple(
    arbitraryTrust,
    fc.subarray([...foreignAllows]),
    fc.subarray([...foreignDenyStatements]),
    fc.subarray([...providers]),
  )
  .map(([trust, allows, denies, closed]) => {
    const parsed = parseDocument(renderTrustGrants(trust, providers));
    const closing = closed.map((provider) => ({ ...closedStatement(provider), Sid: closedSid }));
    return renderDocument([...allows, ...closing, ...denies, ...(parsed.ok ? parsed.statements : [])]);
  });

describe('a document that somebody has edited', () => {
  it('admits nobody more once what was read of it is written', () => {
    fc.assert(
      fc.property(arbitraryEdited, arbitraryRequest, (document, request) => {
        const after = decide(renderTrustGrants(read(document), providers), request);
        if (decide(document, request) === 'denied') expect(after).not.toBe('allowed');
      }),
      { numRuns: 3_000 },
    );
  });

  it('silences only what its closing Deny denies', () => {
    fc.assert(
      fc.property(arbitraryEdited, arbitraryRequest, (document, request) => {
        const closed = read(document).silenced.flatMap((grant) =>
          'provider' in grant ? [grant.provider] : [],
        );
        if (closed.includes(request.principal.id)) expect(decide(document, request)).toBe('denied');
      }),
      runs,
    );
  });

  it('keeps every foreign Deny', () => {
    const foreign = new Set(foreignDenyStatements.map((statement) => JSON.stringify(statement)));
    fc.assert(
      fc.property(arbitraryEdited, (document) => {
        const original = parseDocument(document);
        const expected = original.ok
          ? original.statements.filter((statement) => foreign.has(JSON.stringify(statement)))
          : [];
        const again = read(renderTrustGrants(read(document), providers));
        expect(again.foreignDenies.map(canonicalStatement)).toEqual(
          expect.arrayContaining(expected.map(canonicalStatement)),
        );
      }),
      runs,
    );
  });
});
