// What the trust policy of a role says of one person at one moment, as STS would ask it.

import type { SamlFederation } from '../../domain/policy.ts';
import type { Verdict } from '../../domain/condition-evaluator.ts';
import type { Reading } from '../../domain/reading.ts';
import { readTrustGrants } from '../../domain/read-trust-grants.ts';
import { mayEnter } from '../../domain/trust-evaluator.ts';
import { type TrustPolicy, parseTrustPolicy } from '../../domain/trust-policy.ts';
import type { RoleDocuments } from './role-documents.ts';

export interface Entry extends Verdict {
  /** When the statement that named her ended, milliseconds since the epoch; undefined: none did. */
  readonly endedAtMs: number | undefined;
  /** When the access that stands there ends, milliseconds since the epoch; undefined: not by itself, or there is none. */
  readonly untilMs: number | undefined;
}

export interface EntryQuestion {
  readonly saml: SamlFederation | undefined;
  /** ARN of the identity provider. */
  readonly provider: string;
  readonly sub: string | undefined;
  readonly asked: string;
  readonly atMs: number;
  readonly role: Reading<RoleDocuments>;
  /** Everybody whom the groups show, as trust policies may know them. */
  readonly knownSubs: ReadonlySet<string>;
}

const without = { endedAtMs: undefined, untilMs: undefined };
const entry = (decision: Verdict['decision'], because: string): Entry => ({ decision, because, ...without });

/** The better of two ways to sign in. */
const rank: readonly Verdict['decision'][] = ['denied', 'unknown', 'allowed'];

/** All that a sign-in asks of the trust policy: entry, and what the federation sends along. */
const signIn = (policy: TrustPolicy, audience: string, question: EntryQuestion): Verdict => {
  const { saml, provider, sub, asked, atMs } = question;
  const ask = (action: string): Verdict =>
    mayEnter(policy, {
      action,
      principal: { type: 'Federated', id: provider },
      context: new Map([
        ['saml:aud', [audience]],
        // Who is known by a name only is no object id, so that no statement for another person can be meant.
        ['saml:sub', [sub ?? asked]],
        ['sts:sourceidentity', [sub ?? asked]],
      ]),
      atMs,
      openWorld: true,
    });
  const first = ask('sts:AssumeRoleWithSAML');
  if (first.decision !== 'allowed') return first;
  const extras = [
    ...(saml?.sendsSessionTags === true ? [['sts:TagSession', 'session tags']] : []),
    ...(saml?.sendsSourceIdentity === true ? [['sts:SetSourceIdentity', 'a source identity']] : []),
  ];
  for (const [action = '', what = ''] of extras) {
    const { decision, because } = ask(action);
    if (decision !== 'allowed')
      return { decision, because: `the federation sends ${what}, and for ${action} ${because}` };
  }
  return first;
};

const hersIn = (document: string, sub: string | undefined) => {
  const read = readTrustGrants(document);
  return read.ok
    ? [...read.trust.grants.values()].flatMap((grant) =>
        grant.kind === 'person' && grant.sub === sub ? [grant] : [],
      )
    : [];
};

/** People whom the document names, and whom no group shows: she may be one of them. */
const strangersIn = (document: string, { sub, knownSubs }: EntryQuestion): number => {
  if (sub !== undefined) return 0;
  const read = readTrustGrants(document);
  const subs = read.ok
    ? [...read.trust.grants.values()].flatMap((grant) => (grant.kind === 'person' ? [grant.sub] : []))
    : [];
  return new Set(subs.filter((one) => !knownSubs.has(one))).size;
};

const latest = (moments: readonly number[]): number | undefined =>
  moments.length === 0 ? undefined : Math.max(...moments);

export const entryOf = (question: EntryQuestion): Entry => {
  const { saml, role, sub, atMs } = question;
  if (role.state === 'absent') return entry('denied', 'the role does not exist');
  if (role.state === 'unreadable') return entry('unknown', role.problem.message);
  const { trustDocument } = role.value;
  const parsed = parseTrustPolicy(trustDocument);
  if (!parsed.ok) return entry('unknown', `the trust policy cannot be read: ${parsed.reason}`);
  const [best = { decision: 'denied', because: 'the federation has no audience for people' }] = (
    saml?.audiences ?? []
  )
    .map((audience) => signIn(parsed.policy, audience, question))
    .sort((a, b) => rank.indexOf(b.decision) - rank.indexOf(a.decision));
  const strangers = best.decision === 'denied' ? strangersIn(trustDocument, question) : 0;
  if (strangers > 0)
    return entry(
      'unknown',
      `the trust policy names ${strangers} whom no group shows, by object id, and hers is not known; ask again with her object id`,
    );
  const ends = hersIn(trustDocument, sub).map(({ untilMs }) => untilMs ?? Infinity);
  const live = latest(ends.filter((endMs) => endMs > atMs));
  return {
    ...best,
    endedAtMs: best.decision === 'denied' ? latest(ends.filter((endMs) => endMs <= atMs)) : undefined,
    untilMs: best.decision === 'allowed' && live !== Infinity ? live : undefined,
  };
};
