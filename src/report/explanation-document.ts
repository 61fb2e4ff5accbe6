// Explanations as one document: what the API answers and `--output json` prints.

import type { EntryVerdict, Explanation, LinkName, LinkState } from '../domain/explanation.ts';

export interface LinkDocument {
  readonly name: LinkName;
  readonly state: LinkState;
  readonly sentence: string;
  readonly fix: string | null;
}

export interface AccountExplanation {
  readonly account: string;
  readonly accountId: string;
  readonly role: string;
  readonly verdict: EntryVerdict;
  readonly conclusion: string;
  readonly fix: string | null;
  /** The moment asked about, ISO 8601, and that at which AWS was read. */
  readonly at: string;
  readonly readAt: string;
  readonly links: readonly LinkDocument[];
}

export interface ExplanationDocument {
  readonly schemaVersion: 1;
  readonly who: string;
  /** The Entra object id; null: not known. */
  readonly personId: string | null;
  readonly policy: string;
  /** When Entra was read, ISO 8601; null: no account was looked at. */
  readonly membersReadAt: string | null;
  readonly accounts: readonly AccountExplanation[];
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** `question`: for what the explanations say themselves, when there are none. */
export const explanationDocument = (
  explanations: readonly Explanation[],
  question: { readonly who: string; readonly policy: string },
): ExplanationDocument => {
  const [first] = explanations;
  return {
    schemaVersion: 1,
    who: first?.who ?? question.who,
    personId: first?.personId ?? null,
    policy: question.policy,
    membersReadAt: first === undefined ? null : iso(first.membersReadAtMs),
    accounts: explanations.map((one) => ({
      account: one.account,
      accountId: one.accountId,
      role: one.role,
      verdict: one.verdict,
      conclusion: one.conclusion,
      fix: one.fix ?? null,
      at: iso(one.atMs),
      readAt: iso(one.nowMs),
      links: one.links.map(({ name, state, sentence, fix }) => ({
        name,
        state,
        sentence,
        fix: fix ?? null,
      })),
    })),
  };
};
