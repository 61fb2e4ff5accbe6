// What the controller does, as Prometheus metrics. Counters count as events come in; gauges are worked out at each
// scrape from the newest figures. No label ever holds a person.

import type { Clock } from '../domain/ports.ts';
import type { ControllerEvent, SweepReport } from '../reconcile/sweep-report.ts';
import { figuresOf } from './account-figures.ts';
import { type Swept, accountGauges } from './account-gauges.ts';
import type { Refusal } from './api-token.ts';
import { createBreakGlassRoles } from './break-glass-roles.ts';
import { createByScope } from './by-scope.ts';
import { type Gauge, type GaugeName, type Series, familyText, gauge } from './gauges.ts';
import { type Instruments, createInstruments } from './instruments.ts';
import { type KnownObjects, createKnownObjects } from './known-objects.ts';
import { type LeaseFigures, createLeaseFigures } from './lease-figures.ts';
import { createReadinessTracker } from './readiness.ts';
import { createRevocationTimes } from './revocation-times.ts';
import { type SourceFigures, createSourceFigures } from './source-figures.ts';

export interface AwsRequest {
  readonly service: string;
  readonly operation: string;
  readonly code: string;
}

export interface EntraRequest {
  readonly operation: string;
  readonly code: string;
}

export interface Metrics {
  observe(event: ControllerEvent): void;
  /** One HTTP attempt. */
  onAwsRequest(request: AwsRequest): void;
  /** One HTTP attempt, or one inner request of a batch. */
  onEntraRequest(request: EntraRequest): void;
  /** One request on the API listener that had no token, or a wrong one. */
  onApiRefused(reason: Refusal): void;
  /** The exposition, in the text format of `contentType`. */
  text(): Promise<string>;
  readonly contentType: string;
}

export interface MetricsOptions {
  readonly version: string;
  /** How old what is known of Entra may become before policies that say so close. */
  readonly maxStalenessMs: number;
  readonly clock: Clock;
  /** What the reporters of a controller share. */
  readonly knownObjects?: KnownObjects;
}

const countChanges = (report: SweepReport, instruments: Instruments): void => {
  const { account } = report;
  for (const { write, carriedOut, result } of report.outcomes) {
    const done = new Set(carriedOut.map((change) => change.id));
    for (const change of write.changes) {
      const labels = { account, kind: change.detail.kind, effect: change.effect };
      instruments.count('rolewarden_changes_total', {
        ...labels,
        result: done.has(change.id) ? 'done' : result,
      });
    }
  }
};

/** From the read of Entra behind the plan to the acknowledged write: a write counts once, however many people it holds. */
const timeMembership = (report: SweepReport, instruments: Instruments): void => {
  const { membersReadAtMs } = report;
  if (membersReadAtMs === undefined) return;
  for (const { carriedOut, atMs } of report.outcomes) {
    const seconds = (atMs - membersReadAtMs) / 1_000;
    const kinds = new Set(carriedOut.map(({ detail }) => detail.kind));
    if (kinds.has('grant') || kinds.has('revoke'))
      instruments.time('rolewarden_membership_propagation_seconds', {}, seconds);
  }
};

const countShells = ({ account, shells }: SweepReport, instruments: Instruments): void => {
  for (const { result } of shells.ended)
    instruments.count('rolewarden_sessions_ended_total', { account, result });
};

/** Both scopes of an account hold for the same reasons. */
const heldIn = (swept: readonly Swept[]): readonly Series<'rolewarden_changes_held'>[] => {
  const held = new Map<string, { account: string; reason: string; count: number }>();
  for (const { account, figures } of swept) {
    for (const [reason, count] of figures.held) {
      const key = `${account}|${reason}`;
      held.set(key, { account, reason, count: count + (held.get(key)?.count ?? 0) });
    }
  }
  return [...held.values()].map(({ account, reason, count }) => [{ account, reason }, count]);
};

/** A policy ends at one moment in all accounts. */
const expiriesIn = (
  swept: readonly Swept[],
): readonly Series<'rolewarden_policy_expiry_timestamp_seconds'>[] => {
  const expiries = new Map<string, number>();
  for (const { figures } of swept)
    for (const [policy, { expiryMs }] of figures.policies)
      if (expiryMs !== undefined) expiries.set(policy, expiryMs);
  return [...expiries].map(([policy, ms]) => [{ policy }, ms / 1_000]);
};

const sourceOf = ({ account, scope }: Swept): string => `${scope === 'access' ? 'aws' : 'ecs'}:${account}`;

/** What accounts and the sources that they share say together. */
const sourceGauges = (
  { sources, leases }: { readonly sources: SourceFigures; readonly leases: LeaseFigures },
  clock: Clock,
  startedMs: number,
): readonly Gauge<readonly Swept[]>[] => [
  gauge('rolewarden_unreadable', (swept) => [
    ...sources.unreadable(),
    ...leases.unreadable(),
    ...swept.map((one) => [{ source: sourceOf(one) }, one.figures.unreadable] as const),
    ...swept
      .filter(({ scope }) => scope === 'access')
      .map(
        ({ account, figures }) => [{ source: `shells:${account}` }, figures.areShellsUnread ? 1 : 0] as const,
      ),
  ]),
  gauge('rolewarden_source_staleness_seconds', (swept) => [
    ...sources.staleness(),
    ...leases.staleness(),
    ...swept
      .filter(({ scope }) => scope === 'services')
      .map(
        (one) =>
          [{ source: sourceOf(one) }, (clock.now() - (one.figures.readMs ?? startedMs)) / 1_000] as const,
      ),
  ]),
  gauge('rolewarden_clock_skew_seconds', (swept) => [
    ...sources.clockSkew(),
    ...swept.flatMap((one) =>
      one.scope !== 'access' || one.figures.clockSkewMs === undefined
        ? []
        : [[{ source: sourceOf(one) }, one.figures.clockSkewMs / 1_000] as const],
    ),
  ]),
  gauge('rolewarden_policy_problems', () => sources.problems()),
  gauge('rolewarden_policies_info', () => sources.policiesInfo()),
];

const leaseGauges = (leases: LeaseFigures): readonly Gauge<readonly Swept[]>[] => [
  gauge('rolewarden_lease_held', () => leases.held()),
  gauge('rolewarden_lease_renewal_age_seconds', () => leases.renewalAge()),
  gauge('rolewarden_replicas', () => leases.replicas()),
  gauge('rolewarden_replica_accounts', () => leases.accounts()),
];

type Lines = ReadonlyMap<GaugeName, string>;

/** A gauge that cannot be worked out keeps its lines; the rest of the scrape is worth more than an error page. */
const spelled = <T>(
  gauges: readonly Gauge<T>[],
  known: T,
  before: Lines | undefined,
  { count }: Instruments,
): Lines =>
  new Map(
    gauges.map(({ name, linesOf }) => {
      try {
        return [name, linesOf(known)];
      } catch {
        count('rolewarden_scrape_failures_total', {});
        return [name, before?.get(name) ?? ''];
      }
    }),
  );

/** Metrics of one controller, in a registry of their own. */
export const createMetrics = ({
  version,
  maxStalenessMs,
  clock,
  knownObjects = createKnownObjects(),
}: MetricsOptions): Metrics => {
  const instruments = createInstruments();
  const accounts = createByScope<{ readonly swept: Swept; readonly lines: Lines }>();
  const startedMs = clock.now();
  const sources = createSourceFigures(clock);
  const leases = createLeaseFigures(clock);
  const revocations = createRevocationTimes();
  const breakGlass = createBreakGlassRoles();
  const readiness = createReadinessTracker();

  const observeSweep = (report: SweepReport): void => {
    const { account, scope, result, durationMs } = report;
    const before = accounts.get(report);
    const figures = figuresOf(
      report,
      knownObjects.observe(report),
      breakGlass.observe(report),
      before?.swept.figures,
    );
    const swept = { account, scope, figures };
    accounts.set(report, { swept, lines: spelled(accountGauges, swept, before?.lines, instruments) });
    instruments.count('rolewarden_sweeps_total', { account, scope, result });
    instruments.time('rolewarden_sweep_duration_seconds', { account, scope }, durationMs / 1_000);
    countChanges(report, instruments);
    timeMembership(report, instruments);
    countShells(report, instruments);
    for (const ms of revocations.observe(report))
      instruments.time('rolewarden_revocation_seconds', {}, ms / 1_000);
  };

  const observe = (event: ControllerEvent): void => {
    readiness.observe(event);
    switch (event.kind) {
      case 'sweep':
        observeSweep(event.report);
        break;
      case 'poll':
        sources.observePoll(event.report);
        break;
      case 'policies':
        sources.observePolicies(event.report);
        revocations.observePolicies(event.report);
        break;
      case 'accounts':
        sources.observeAccounts(event.accounts);
        leases.observeAccounts(event.accounts);
        break;
      case 'leases':
        leases.observeLeases(event.report);
        break;
      case 'accountRemoved':
        accounts.forget(event.account);
        knownObjects.forget(event.account);
        revocations.forget(event.account);
        breakGlass.forget(event.account);
        instruments.removeAccount(event.account);
        break;
    }
  };

  const sharedGauges = [
    gauge('rolewarden_ready', () =>
      Object.entries(readiness.read()).map(([source, isRead]) => [{ source }, isRead ? 1 : 0]),
    ),
    gauge('rolewarden_source_staleness_limit_seconds', () => [[{ source: 'entra' }, maxStalenessMs / 1_000]]),
    gauge('rolewarden_changes_held', heldIn),
    gauge('rolewarden_policy_expiry_timestamp_seconds', expiriesIn),
    ...sourceGauges({ sources, leases }, clock, startedMs),
    ...leaseGauges(leases),
    gauge('rolewarden_build_info', () => [[{ version }, 1]]),
    gauge('process_resident_memory_bytes', () => [[{}, process.memoryUsage.rss()]]),
  ];
  let shared: Lines = new Map();

  /** A poll of a thousand groups is a thousand answers: added up here, and counted when somebody asks. */
  const entraAnswers = new Map<string, { operation: string; code: string; times: number }>();
  const countEntra = (): void => {
    for (const { times, ...labels } of entraAnswers.values())
      instruments.count('rolewarden_entra_requests_total', labels, times);
    entraAnswers.clear();
  };

  const countCpu = (): void => {
    const { user, system } = process.cpuUsage();
    instruments.recount('process_cpu_seconds_total', {}, (user + system) / 1e6);
  };

  return {
    observe,
    onAwsRequest: ({ service, operation, code }) => {
      instruments.count('rolewarden_aws_requests_total', { service, operation, code });
    },
    onApiRefused: (reason) => {
      instruments.count('rolewarden_api_refused_total', { reason });
    },
    onEntraRequest: ({ operation, code }) => {
      const key = `${operation} ${code}`;
      entraAnswers.set(key, { operation, code, times: (entraAnswers.get(key)?.times ?? 0) + 1 });
    },
    text: async () => {
      const all = accounts.entries().map(([, one]) => one);
      shared = spelled(
        sharedGauges,
        all.map(({ swept }) => swept),
        shared,
        instruments,
      );
      const families = [
        ...accountGauges.map(({ name }) =>
          familyText(name, all.map(({ lines }) => lines.get(name) ?? '').join('')),
        ),
        ...[...shared].map(([name, lines]) => familyText(name, lines)),
      ];
      countEntra();
      countCpu();
      // Last, so that what could not be worked out is counted in it.
      return [...families, await instruments.registry.metrics()].join('\n');
    },
    contentType: instruments.registry.contentType,
  };
};
