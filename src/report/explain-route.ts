// `/api/v1/explain`: why somebody can or cannot enter, asked of the running controller. Names people.

import type { Context } from 'hono';
import { AppError } from '../domain/errors.ts';
import type { Explanation } from '../domain/explanation.ts';
import { explanationDocument } from './explanation-document.ts';

/** The question as it stands in the address. */
export interface AskedExplanation {
  readonly who: string;
  readonly policy: string;
  readonly account: string | undefined;
  /** An instant as text. */
  readonly at: string | undefined;
}

/** @throws AppError `invalid` for a question that makes no sense, `transient` for one that comes too early. */
export type ExplainSource = (asked: AskedExplanation) => Promise<readonly Explanation[]>;

const example = '/api/v1/explain?who=oncall-1@contoso.com&policy=payments-debug&at=2026-01-31T18:00:00Z';

const statusOf = ({ kind }: AppError): 400 | 503 => (kind === 'invalid' ? 400 : 503);

export const explainHandler =
  (explain: ExplainSource) =>
  async (context: Context): Promise<Response> => {
    const given = (name: string): string | undefined => {
      const text = context.req.query(name)?.trim();
      return text === '' ? undefined : text;
    };
    const [who, policy] = [given('who'), given('policy')];
    if (who === undefined || policy === undefined)
      return context.json({ error: `${who === undefined ? 'who' : 'policy'} is missing`, example }, 400);
    try {
      const explanations = await explain({ who, policy, account: given('account'), at: given('at') });
      return context.json(explanationDocument(explanations, { who, policy }));
    } catch (error) {
      if (error instanceof AppError) return context.json({ error: error.message }, statusOf(error));
      throw error;
    }
  };
