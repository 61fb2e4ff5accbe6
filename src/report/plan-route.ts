// `/api/v1/plan`: what the newest sweeps of the running controller left to be done, and why it waits. Names people.
// As JSON it goes out account by account, as thousands of roles make a long answer; as text or Markdown it is rendered here,
// by whoever knows the plan, so that a command of another version prints what this controller means.

import type { Context } from 'hono';
import { AppError } from '../domain/errors.ts';
import { type Plan, bothHalves } from '../domain/plan.ts';
import { compareText } from '../domain/statement.ts';
import type { Found } from '../reconcile/controller.ts';
import type { LastSweeps } from '../reconcile/running-account.ts';
import { leftOfPlan } from './left-of-plan.ts';
import { type PlanHead, planAccountRecord, planHead } from './plan-json.ts';
import { renderPlan } from './render-plan.ts';

/** @throws AppError `invalid` for an account that nobody knows, `transient` for a question that comes too early. */
export type PlanSource = (accounts: readonly string[] | undefined) => Found;

/** What the controller says of itself, beside the plan. */
export interface PlanOrigin {
  /** What is wrong with the policy files, a line each. */
  readonly policyProblems: readonly string[];
  /** Those that keep something from being known. */
  readonly policyErrors: number;
  /** The first thing in Entra that could not be read; empty: all was. */
  readonly entraProblem: string;
  /** Accounts that were asked for and whose first sweep has not ended. */
  readonly notSwept: readonly string[];
  /** Those that this controller looks after, of so many in all. */
  readonly accounts: readonly string[];
  readonly accountsInAll: number;
}

/** JSON has `accounts`, text and Markdown have `text`. */
export interface PlanAnswer extends PlanHead {
  readonly controller: PlanOrigin;
  readonly accounts?: readonly (ReturnType<typeof planAccountRecord> & { readonly sweptAt: string })[];
  readonly text?: string;
}

const planOf = ({ access, services }: LastSweeps): Plan =>
  services === undefined ? leftOfPlan(access) : bothHalves(leftOfPlan(access), leftOfPlan(services));

const endedAt = ({ access }: LastSweeps): string =>
  new Date(access.startedAtMs + access.durationMs).toISOString();

const originOf = ({ policies, poll, sweeps, notSwept, accountsInAll }: Found): PlanOrigin => ({
  policyProblems: policies.messages,
  policyErrors: policies.errors,
  entraProblem: poll.message,
  notSwept: [...notSwept].sort(compareText),
  accounts: [...sweeps.map(({ access }) => access.account), ...notSwept].sort(compareText),
  accountsInAll,
});

/** The accounts of a JSON object that has everything else already. */
function* pieces(
  head: Omit<PlanAnswer, 'accounts' | 'text'>,
  sweeps: readonly LastSweeps[],
): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"accounts":[`;
  for (const [index, one] of sweeps.entries())
    yield `${index === 0 ? '' : ','}${JSON.stringify({ ...planAccountRecord(planOf(one)), sweptAt: endedAt(one) })}`;
  yield ']}';
}

const streamOf = (texts: Iterator<string>): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull: (controller) => {
      const { done, value } = texts.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
};

const choices = {
  output: ['json', 'text', 'markdown'],
  people: ['names', 'counts'],
  verbose: ['false', 'true'],
  color: ['false', 'true'],
} as const;

/** The first of them unless the address says otherwise. */
const chosen = <N extends keyof typeof choices>(context: Context, name: N): (typeof choices)[N][number] => {
  const known: readonly (typeof choices)[N][number][] = choices[name];
  const asked = context.req.query(name)?.trim();
  if (asked === undefined || asked === '') return choices[name][0];
  const found = known.find((one) => one === asked);
  if (found === undefined) throw new AppError('invalid', `${name} is ${asked}; it takes ${known.join(', ')}`);
  return found;
};

const askedAccounts = (context: Context): readonly string[] | undefined => {
  const names = (context.req.queries('account') ?? [])
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return names.length === 0 ? undefined : names;
};

const answer = (plan: PlanSource, context: Context, now: Date): Response => {
  const output = chosen(context, 'output');
  const people = chosen(context, 'people');
  if (output === 'json' && people === 'counts')
    throw new AppError('invalid', 'people=counts is for text and markdown, as JSON names everybody');
  const found = plan(askedAccounts(context));
  const sweeps = [...found.sweeps].sort((a, b) => compareText(a.access.account, b.access.account));
  const plans = sweeps.map(planOf);
  const head = { ...planHead(plans, now, found.poll), controller: originOf(found) };
  if (output === 'json')
    return context.body(streamOf(pieces(head, sweeps)), 200, { 'Content-Type': 'application/json' });
  const options = {
    color: chosen(context, 'color') === 'true',
    verbose: chosen(context, 'verbose') === 'true',
    now,
    poll: found.poll,
    people,
  };
  return context.json({ ...head, text: renderPlan(plans, output, options) });
};

export const planHandler =
  (plan: PlanSource, now: () => number) =>
  (context: Context): Response => {
    try {
      return answer(plan, context, new Date(now()));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return context.json({ error: error.message }, error.kind === 'invalid' ? 400 : 503);
    }
  };
