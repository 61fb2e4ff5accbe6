// What is not as it should be, the most urgent first: what the overview begins with.

import type { HoldReason } from '../../domain/plan.ts';
import { compareText, sortedUnique } from '../../domain/statement.ts';
import { type PlacedCondition, groupConditions } from '../group-conditions.ts';
import { byUrgency, type HoldNature } from '../hold-reasons.ts';
import { isLoud } from '../loud-warnings.ts';
import { shellTroubles } from '../open-shells.ts';
import type { BindingStatus, HeldStatus, RoleState, RoleStatus, StatusDocument } from '../status-document.ts';

/** Where something is the matter. */
export interface Place {
  readonly kind: 'policy' | 'service' | 'account';
  readonly name: string;
  /** undefined: in all of its accounts. */
  readonly account: string | undefined;
}

export interface Problem {
  readonly look: RoleState;
  /** A reason constant, under which runbooks are filed; else what it is about. */
  readonly reason: string;
  readonly message: string;
  /** null: not known. */
  readonly since: string | null;
  readonly where: readonly Place[];
  /** Of what is held; undefined for everything else. */
  readonly hold:
    | {
        readonly nature: HoldNature;
        readonly changes: number;
        /** Kinds of the changes, sorted. */
        readonly kinds: readonly string[];
        /** Names, sorted. */
        readonly people: readonly string[];
        /** What `rolewarden ack` takes. */
        readonly acknowledge: string | null;
        /** When it may go on by itself. */
        readonly until: string | null;
      }
    | undefined;
}

export interface ProblemSection {
  readonly title: string;
  readonly problems: readonly Problem[];
  /** Whom it waits for: somebody, nobody, or nobody because somebody wanted it so. */
  readonly asks: 'person' | 'nobody' | 'chosen';
}

/** A role of a policy, or a service with its task role. */
interface Standing extends Pick<RoleStatus | BindingStatus, 'state' | 'reason' | 'conditions' | 'held'> {
  readonly where: Place;
  readonly account: string;
}

const standingsOf = ({ policies, services }: StatusDocument): readonly Standing[] => [
  ...policies.flatMap(({ name, accounts }) =>
    accounts.map(({ account, state, reason, conditions, held }) => ({
      where: { kind: 'policy' as const, name, account },
      account,
      state,
      reason,
      conditions,
      held,
    })),
  ),
  ...services.flatMap(({ binding, service, account }) =>
    binding === null
      ? []
      : [
          {
            where: { kind: 'service' as const, name: service, account },
            account,
            state: binding.state,
            reason: binding.reason,
            conditions: binding.conditions,
            held: binding.held,
          },
        ],
  ),
];

const simple = (
  look: RoleState,
  reason: string,
  message: string,
  since: string | null,
  where: readonly Place[] = [],
): Problem => ({ look, reason, message, since, where, hold: undefined });

const unreadSources = ({ sources: { policies, entra } }: StatusDocument): readonly Problem[] => [
  ...(policies.triedAt !== null && (!policies.isReadable || policies.errors > 0)
    ? [simple('failed', 'policies', policies.messages.join('; '), policies.readAt)]
    : []),
  ...(entra.message === '' ? [] : [simple('unknown', 'Entra', entra.message, entra.readAt)]),
];

const unreadAccounts = ({ accounts }: StatusDocument): readonly Problem[] =>
  accounts.flatMap(({ name, lastSweep, lastServicesSweep }) =>
    [
      { reason: 'account unreadable', sweep: lastSweep },
      { reason: 'services unreadable', sweep: lastServicesSweep },
    ].flatMap(({ reason, sweep }) =>
      sweep?.result === 'unreadable'
        ? [
            simple('failed', reason, sweep.message, sweep.succeededAt, [
              { kind: 'account', name, account: name },
            ]),
          ]
        : [],
    ),
  );

const grouped = (look: RoleState, found: readonly PlacedCondition<Place>[]): readonly Problem[] =>
  groupConditions(found).map(({ condition, where }) =>
    simple(look, condition.reason, condition.message, condition.since, where),
  );

const looks: readonly RoleState[] = ['failed', 'unknown'];

/** What could not be written or judged; an account that is unreadable is told once, not for each of its roles. */
const failures = (
  standings: readonly Standing[],
  isStalled: boolean,
  { accounts }: StatusDocument,
): readonly Problem[] => {
  const unread = new Set(
    accounts.flatMap(({ name, lastSweep, lastServicesSweep }) =>
      [lastSweep, lastServicesSweep].flatMap((sweep) =>
        sweep?.result === 'unreadable' ? [`${name}|${sweep.message}`] : [],
      ),
    ),
  );
  const stalled = ({ conditions }: Standing): boolean => conditions.some(({ type }) => type === 'Stalled');
  return looks.flatMap((look) =>
    grouped(
      look,
      standings
        .filter((one) => one.state === look && stalled(one) === isStalled)
        .flatMap(({ where, account, conditions }) =>
          conditions
            .filter(({ type, message }) => type === 'Ready' && !unread.has(`${account}|${message}`))
            .map((condition) => ({ where, condition })),
        ),
    ),
  );
};

type PlacedHold = HeldStatus & { readonly where: Place | undefined };

const holdProblem = (holds: readonly [PlacedHold, ...PlacedHold[]]): Problem => {
  const [{ reason, message, nature, acknowledge }] = holds;
  const since = holds.map((one) => one.since).sort();
  const until = holds.flatMap((one) => one.until ?? []).sort();
  const people = holds.flatMap(({ label, subject }) => label ?? subject ?? []);
  const where = new Map(
    holds.flatMap((one) => (one.where === undefined ? [] : [[JSON.stringify(one.where), one.where]])),
  );
  return {
    look: 'held',
    reason,
    message,
    since: since[0] ?? null,
    where: [...where.values()],
    hold: {
      nature,
      changes: holds.length,
      kinds: sortedUnique(holds.map(({ kind }) => kind)),
      people: sortedUnique(people),
      acknowledge,
      until: until[0] ?? null,
    },
  };
};

/** Each hold once, however many changes, roles and accounts it holds; the most urgent first. */
export const holdsOf = (
  standings: readonly (Pick<Standing, 'held'> & { readonly where?: Place })[],
): readonly Problem[] => {
  const groups = new Map<string, [PlacedHold, ...PlacedHold[]]>();
  for (const { held, where } of standings)
    for (const one of held) {
      const key = `${one.reason}|${one.message}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [{ ...one, where }]);
      else group.push({ ...one, where });
    }
  return [...groups.values()]
    .map(holdProblem)
    .sort(
      (a, b) =>
        byUrgency(a.reason as HoldReason, b.reason as HoldReason) ||
        compareText(a.since ?? '', b.since ?? ''),
    );
};

const withNature = (problems: readonly Problem[], ...natures: readonly HoldNature[]): readonly Problem[] =>
  problems.filter(({ hold }) => hold !== undefined && natures.includes(hold.nature));

const loud = ({ policies }: StatusDocument): readonly Problem[] =>
  policies.flatMap(({ name, accounts }) =>
    accounts.flatMap(({ account, warnings }) =>
      warnings
        .filter(isLoud)
        .map((warning) => simple('held', 'warning', warning, null, [{ kind: 'policy', name, account }])),
    ),
  );

const closedShells = ({ services }: StatusDocument): readonly Problem[] =>
  grouped(
    'failed',
    services.flatMap(({ exec, service, account }) =>
      exec === null || exec.condition.status === 'True'
        ? []
        : [
            {
              where: { kind: 'service' as const, name: service, account },
              condition: exec.condition,
            },
          ],
    ),
  );

/** A hold that somebody chose asks for nobody; a shell that nobody can attribute does. */
const openShells = (status: StatusDocument, isChosen: boolean): readonly Problem[] =>
  shellTroubles(status)
    .filter(({ nature }) => (nature === 'chosen') === isChosen)
    .map(({ account, reason, message, since }) =>
      simple('held', reason, message, since, [{ kind: 'account', name: account, account }]),
    );

/** The end of a policy is told by its message; since when it is warned of is nobody's business. */
const ending = ({ policies }: StatusDocument): readonly Problem[] =>
  grouped(
    'held',
    policies.flatMap(({ name, conditions }) =>
      conditions
        .filter(({ type }) => type === 'Expiring')
        .map((condition) => ({
          where: { kind: 'policy' as const, name, account: undefined },
          condition,
        })),
    ),
  ).map((problem) => (problem.reason === 'ExpiresSoon' ? { ...problem, since: null } : problem));

/** Sections without problems are left out. */
export const problemsOf = (status: StatusDocument): readonly ProblemSection[] => {
  const standings = standingsOf(status);
  const holds = holdsOf(standings);
  const sections: readonly ProblemSection[] = [
    { title: 'Look here', asks: 'nobody', problems: loud(status) },
    {
      title: 'Cannot be read',
      asks: 'person',
      problems: [...unreadSources(status), ...unreadAccounts(status)],
    },
    {
      title: 'Needs a person',
      asks: 'person',
      problems: [...failures(standings, true, status), ...withNature(holds, 'person')],
    },
    { title: 'Open shells of people who are out', asks: 'person', problems: openShells(status, false) },
    { title: 'Shells that would not open', asks: 'person', problems: closedShells(status) },
    { title: 'Failed, and is tried again', asks: 'nobody', problems: failures(standings, false, status) },
    { title: 'Policies that end', asks: 'nobody', problems: ending(status) },
    { title: 'Waits, and needs nobody', asks: 'nobody', problems: withNature(holds, 'waiting', 'passing') },
    {
      title: 'As Git asks',
      asks: 'chosen',
      problems: [...withNature(holds, 'chosen'), ...openShells(status, true)],
    },
  ];
  return sections.filter(({ problems }) => problems.length > 0);
};

/** How many ask for somebody. */
export const needingPeople = (sections: readonly ProblemSection[]): number =>
  sections.filter(({ asks }) => asks === 'person').reduce((sum, { problems }) => sum + problems.length, 0);
