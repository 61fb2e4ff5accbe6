// Questions why somebody can or cannot enter: who and what is meant, what has to be looked up for it, and one answer for
// each account. Reads only.

import pMap from 'p-map';
import { groupsOf } from '../domain/policy.ts';
import { type GroupKey, groupKey } from '../domain/directory.ts';
import { AppError } from '../domain/errors.ts';
import type { ExplainQuestion, Explanation } from '../domain/explanation.ts';
import { nearest } from '../domain/near-miss.ts';
import type { AccessPolicy, Account, PolicySet } from '../domain/policy.ts';
import type { Clock } from '../domain/ports.ts';
import { type Reading, present, unreadable } from '../domain/reading.ts';
import type { ExecReadiness } from '../domain/service-findings.ts';
import { compareText } from '../domain/statement.ts';
import { explain } from '../plan/explain/explain.ts';
import { type FoundPerson, findPerson } from '../plan/explain/person.ts';
import { otherForm } from '../plan/explain/ways-in.ts';
import type { PlanInput } from '../plan/plan-input.ts';
import type { DirectoryBook, SecondLooks } from './directory-book.ts';
import { type OnProgress, countAccounts } from './progress.ts';
import { type SweepContext, decide } from './sweep.ts';

const accountsAtOnce = 8;
/** Names that a message lists. */
const shownNames = 20;
/** Clocks of people and machines differ by this much without anybody meaning the past. */
const slackMs = 60_000;

const unknownName = (what: string, name: string, known: readonly string[]): AppError => {
  const near = nearest(name, known);
  const more = known.length > shownNames ? ` and ${known.length - shownNames} more` : '';
  const advice =
    near === undefined
      ? `there are ${known.length === 0 ? 'none' : [...known].sort(compareText).slice(0, shownNames).join(', ')}${more}`
      : `did you mean ${near}?`;
  return new AppError('invalid', `no ${what} is called ${name}; ${advice}`);
};

const policyNamed = (name: string, { policies, complete }: PolicySet): AccessPolicy => {
  const policy = policies.find(({ meta }) => meta.name === name);
  if (policy !== undefined) return policy;
  const problem = unknownName(
    'policy',
    name,
    policies.map(({ meta }) => meta.name),
  );
  if (complete) throw problem;
  throw new AppError(
    'invalid',
    `${problem.message}; or it stands in a policy file that is invalid: \`rolewarden validate\` lists those`,
  );
};

/** @throws AppError `invalid` that names the accounts there are. */
export const accountNamed = (name: string, accounts: readonly Account[]): Account => {
  const account = accounts.find(({ meta }) => meta.name === name);
  if (account !== undefined) return account;
  throw unknownName(
    'account',
    name,
    accounts.map(({ meta }) => meta.name),
  );
};

/** One account by name; without a name all that the policy is for. */
const accountsMeant = (
  name: string | undefined,
  policy: AccessPolicy,
  { accounts }: PolicySet,
): readonly Account[] => {
  if (name === undefined) return accounts.filter(({ meta }) => policy.accounts.includes(meta.name));
  return [accountNamed(name, accounts)];
};

const momentMeant = ({ atMs }: ExplainQuestion, nowMs: number): number => {
  if (atMs === undefined) return nowMs;
  if (atMs < nowMs - slackMs)
    throw new AppError(
      'invalid',
      'the moment is past, and what is known is of now: ask for a moment to come, or look for what was in the journal of the controller, and for who entered in CloudTrail',
    );
  return Math.max(atMs, nowMs);
};

/** What the newest snapshot does not tell: whether there is such a user, and through which group she is a member. */
const lookUp = async (
  found: FoundPerson,
  policy: AccessPolicy,
  { directory, stopping }: ExplainContext,
): Promise<SecondLooks> => {
  const { groups } = directory.current();
  const isIn = (key: GroupKey): boolean => {
    const reading = groups.get(key);
    return reading?.state === 'present' && reading.value.people.some(({ id }) => id === found.id);
  };
  const subjects = groupsOf(policy);
  const isMember = subjects.some((subject) => isIn(groupKey(subject)));
  const forms = (found.id === undefined ? [] : subjects)
    .filter((subject) => (isMember ? subject.nested && isIn(groupKey(subject)) : !subject.nested))
    .map(otherForm)
    .filter((key) => !groups.has(key));
  const isSure = isMember && typeof found.person?.accountEnabled === 'boolean';
  return directory.lookAgain(
    {
      groups: forms,
      assignments: [],
      standings: isSure ? [] : [found.id ?? found.asked],
      managedPolicyArns: [],
    },
    stopping,
  );
};

/** All that answering needs, whoever asks: a command, or somebody at the API of a running controller. */
export interface ExplainContext {
  readonly policies: PolicySet;
  /** Polled before. */
  readonly directory: DirectoryBook;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
  readonly onProgress?: OnProgress;
  /** How an account is looked at. */
  readonly look: (account: Account) => Promise<{
    readonly context: SweepContext;
    readonly execReadiness: readonly ExecReadiness[];
  }>;
}

/**
 * One explanation for each account.
 * @throws AppError `invalid` when the question names nobody, no policy, no account, or a moment that is past.
 */
export const answer = async (
  question: ExplainQuestion,
  context: ExplainContext,
): Promise<readonly Explanation[]> => {
  const { policies, directory, clock } = context;
  const policy = policyNamed(question.policy, policies);
  const accounts = accountsMeant(question.account, policy, policies);
  momentMeant(question, clock.now());
  const snapshot = directory.current();
  const found = findPerson(snapshot, question.who);
  const looks = await lookUp(found, policy, context);
  const explainIn = async (account: Account): Promise<Explanation> => {
    const { context: own, execReadiness } = await context.look(account);
    const { reading, input } = await decide(own);
    const planInput: Reading<PlanInput> =
      input === undefined
        ? unreadable(
            reading.state === 'unreadable'
              ? reading.problem
              : new AppError('invalid', 'the account is not there'),
          )
        : present(input);
    const nowMs = input?.nowMs ?? clock.now();
    return explain({
      found,
      userStanding: looks.standings.get(found.id ?? found.asked),
      policy,
      account,
      config: own.config,
      policies,
      snapshot,
      otherForms: looks.groups,
      ecs: own.ecsBook.current(),
      planInput,
      execReadiness,
      nowMs,
      atMs: momentMeant(question, nowMs),
    });
  };
  const count = countAccounts(accounts.length, context.onProgress);
  return pMap(accounts, (account) => count(account.meta.name, () => explainIn(account)), {
    concurrency: accountsAtOnce,
  });
};
