// What the controller does, as Prometheus metrics. Counters count as events come in; gauges are worked out at each
// scrape from the newest figures. No label ever holds a person.

import type { Clock } from '../domain/ports.ts';
import type { ControllerEvent, SweepReport } from '../reconcile/sweep-report.ts';
import { type AccountFigures, figuresOf } from './account-figures.ts';
import { type Instruments, type Series, createInstruments } from './instruments.ts';
import { type ByScope, createByScope } from './by-scope.ts';
import { createKnownObjects } from './known-objects.ts';
import { type LeaseFigures, createLeaseFigures } from './lease-figures.ts';
import type { MetricName } from './metric-docs.ts';
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
  /** The exposition, in the text format of `contentType`. */
  text(): Promise<string>;
  readonly contentType: string;
}

export interface MetricsOptions {
  readonly version: string;
  readonly clock: Clock;
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

type Accounts = ByScope<AccountFigures>;

const each = <N extends MetricName>(
  accounts: Accounts,
  series: (account: string, figures: AccountFigures) => readonly Series<N>[],
): readonly Series<N>[] => accounts.entries().flatMap(([{ account }, figures]) => series(account, figures));

const fillRoles = ({ fill }: Instruments, accounts: Accounts): void => {
  fill(
    'rolewarden_drift',
    each(accounts, (account, { drift }) =>
      drift.map(({ object, name, driftClass, effect, count }) => [
        { account, kind: object, name, class: driftClass, effect },
        count,
      ]),
    ),
  );
  fill(
    'rolewarden_drift_since_timestamp_seconds',
    each(accounts, (account, { drift }) =>
      // Sorted youngest first: of several effects in one class the oldest is set last and stays.
      [...drift]
        .sort((a, b) => b.sinceMs - a.sinceMs)
        .map(({ object, name, driftClass, sinceMs }) => [
          { account, kind: object, name, class: driftClass },
          sinceMs / 1_000,
        ]),
    ),
  );
  fill(
    'rolewarden_trust_policy_chars',
    each(accounts, (account, { roles }) =>
      [...roles].map(([role, { trustChars }]) => [{ account, role }, trustChars]),
    ),
  );
};

const fillDenies = ({ fill }: Instruments, accounts: Accounts): void => {
  fill(
    'rolewarden_denied_people',
    each(accounts, (account, { roles }) =>
      [...roles].flatMap(([role, { denies }]) =>
        denies === undefined ? [] : [[{ account, role }, denies.people] as const],
      ),
    ),
  );
  fill(
    'rolewarden_denies_chars',
    each(accounts, (account, { roles }) =>
      [...roles].flatMap(([role, { denies }]) =>
        denies === undefined ? [] : [[{ account, role }, denies.chars] as const],
      ),
    ),
  );
  fill(
    'rolewarden_role_last_used_timestamp_seconds',
    each(accounts, (account, { roles }) =>
      [...roles].flatMap(([role, { lastUsedAtMs }]) =>
        lastUsedAtMs === undefined ? [] : [[{ account, role }, lastUsedAtMs / 1_000] as const],
      ),
    ),
  );
};

const fillEnds = ({ fill }: Instruments, accounts: Accounts): void => {
  fill(
    'rolewarden_policy_expiry_timestamp_seconds',
    each(accounts, (_account, { policies }) =>
      [...policies].flatMap(([policy, { expiryMs }]) =>
        expiryMs === undefined ? [] : [[{ policy }, expiryMs / 1_000] as const],
      ),
    ),
  );
  fill(
    'rolewarden_next_end_timestamp_seconds',
    each(accounts, (account, { policies }) =>
      [...policies].flatMap(([policy, { nextEndMs }]) =>
        nextEndMs === undefined ? [] : [[{ account, policy }, nextEndMs / 1_000] as const],
      ),
    ),
  );
};

const isReady = (reason: string): number => (reason === 'Ready' ? 1 : 0);

const fillOwners = ({ fill }: Instruments, accounts: Accounts): void => {
  fill(
    'rolewarden_policy_ready',
    each(accounts, (account, { standings }) =>
      [...standings].map(([policy, reason]) => [{ account, policy, reason }, isReady(reason)]),
    ),
  );
  fill(
    'rolewarden_binding_ready',
    each(accounts, (account, { bindings }) =>
      [...bindings].map(([binding, reason]) => [{ account, binding, reason }, isReady(reason)]),
    ),
  );
  fill(
    'rolewarden_policy_subjects',
    each(accounts, (account, { policies }) =>
      [...policies].map(([policy, { subjects }]) => [{ account, policy }, subjects]),
    ),
  );
};

/** Both scopes of an account hold for the same reasons. */
const fillHeld = ({ fill }: Instruments, accounts: Accounts): void => {
  const held = new Map<string, { account: string; reason: string; count: number }>();
  for (const [{ account }, figures] of accounts.entries()) {
    for (const [reason, count] of figures.held) {
      const key = `${account}|${reason}`;
      held.set(key, { account, reason, count: count + (held.get(key)?.count ?? 0) });
    }
  }
  fill(
    'rolewarden_changes_held',
    [...held.values()].map(({ account, reason, count }) => [{ account, reason }, count]),
  );
};

const fillServices = ({ fill }: Instruments, accounts: Accounts): void => {
  fill(
    'rolewarden_exec_ready',
    each(accounts, (account, { execReadiness }) =>
      execReadiness.map(({ place, reason }) => [{ account, ...place, reason }, isReady(reason)]),
    ),
  );
  fill(
    'rolewarden_side_doors',
    each(accounts, (account, { sideDoors }) =>
      sideDoors.map(({ place, kind, count }) => [{ account, ...place, door: kind }, count]),
    ),
  );
};

const fillAccounts = ({ fill }: Instruments, accounts: Accounts): void => {
  const swept = accounts.entries();
  fill(
    'rolewarden_last_sweep_attempt_timestamp_seconds',
    swept.map(([{ account, scope }, { attemptMs }]) => [{ account, scope }, attemptMs / 1_000]),
  );
  fill(
    'rolewarden_last_sweep_success_timestamp_seconds',
    swept.flatMap(([{ account, scope }, { successMs }]) =>
      successMs === undefined ? [] : [[{ account, scope }, successMs / 1_000]],
    ),
  );
  fill(
    'rolewarden_trust_policy_quota_chars',
    each(accounts, (account, { trustQuotaChars }) =>
      trustQuotaChars === undefined ? [] : [[{ account }, trustQuotaChars]],
    ),
  );
};

const fillShells = ({ fill }: Instruments, accounts: Accounts): void => {
  fill(
    'rolewarden_sessions_unattributed',
    accounts
      .entries()
      .filter(([{ scope }]) => scope === 'access')
      .map(([{ account }, { unattributedShells }]) => [{ account }, unattributedShells]),
  );
};

const fillClocks = ({ fill }: Instruments, accounts: Accounts, sources: SourceFigures): void => {
  fill('rolewarden_clock_skew_seconds', [
    ...sources.clockSkew(),
    ...accounts
      .entries()
      .flatMap(([{ account, scope }, { clockSkewMs }]) =>
        scope !== 'access' || clockSkewMs === undefined
          ? []
          : [[{ source: `aws:${account}` }, clockSkewMs / 1_000] as const],
      ),
  ]);
};

const sourceOf = (account: string, scope: SweepReport['scope']): string =>
  `${scope === 'access' ? 'aws' : 'ecs'}:${account}`;

const fillSources = (
  { fill }: Instruments,
  accounts: Accounts,
  { sources, leases }: { readonly sources: SourceFigures; readonly leases: LeaseFigures },
  nowMs: number,
  startedMs: number,
): void => {
  fill('rolewarden_unreadable', [
    ...sources.unreadable(),
    ...leases.unreadable(),
    ...accounts
      .entries()
      .map(
        ([{ account, scope }, { unreadable }]) => [{ source: sourceOf(account, scope) }, unreadable] as const,
      ),
  ]);
  fill('rolewarden_source_staleness_seconds', [
    ...sources.staleness(),
    ...leases.staleness(),
    ...accounts
      .entries()
      .filter(([{ scope }]) => scope === 'services')
      .map(
        ([{ account, scope }, { readMs }]) =>
          [{ source: sourceOf(account, scope) }, (nowMs - (readMs ?? startedMs)) / 1_000] as const,
      ),
  ]);
  fill('rolewarden_policy_problems', sources.problems());
};

const fillLeases = ({ fill }: Instruments, leases: LeaseFigures): void => {
  fill('rolewarden_lease_held', leases.held());
  fill('rolewarden_lease_renewal_age_seconds', leases.renewalAge());
  fill('rolewarden_replicas', leases.replicas());
  fill('rolewarden_replica_accounts', leases.accounts());
};

const fillProcess = ({ fill, recount }: Instruments): void => {
  const { user, system } = process.cpuUsage();
  recount('process_cpu_seconds_total', {}, (user + system) / 1e6);
  fill('process_resident_memory_bytes', [[{}, process.memoryUsage.rss()]]);
};

/** Gauges that cannot be worked out keep their values; the rest of the scrape is worth more than an error page. */
const guarded = (fill: () => void, { count }: Instruments): void => {
  try {
    fill();
  } catch {
    count('rolewarden_scrape_failures_total', {});
  }
};

/** Metrics of one controller, in a registry of their own. */
export const createMetrics = ({ version, clock }: MetricsOptions): Metrics => {
  const instruments = createInstruments();
  const knownObjects = createKnownObjects();
  const accounts = createByScope<AccountFigures>();
  const startedMs = clock.now();
  const sources = createSourceFigures(clock);
  const leases = createLeaseFigures(clock);
  const revocations = createRevocationTimes();

  const observeSweep = (report: SweepReport): void => {
    const { account, scope, result, durationMs } = report;
    accounts.set(report, figuresOf(report, knownObjects.observe(report), accounts.get(report)));
    instruments.count('rolewarden_sweeps_total', { account, scope, result });
    instruments.time('rolewarden_sweep_duration_seconds', { account, scope }, durationMs / 1_000);
    countChanges(report, instruments);
    timeMembership(report, instruments);
    countShells(report, instruments);
    for (const ms of revocations.observe(report))
      instruments.time('rolewarden_revocation_seconds', {}, ms / 1_000);
  };

  const observe = (event: ControllerEvent): void => {
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
        instruments.removeAccount(event.account);
        break;
    }
  };

  const fills = [
    () => fillRoles(instruments, accounts),
    () => fillDenies(instruments, accounts),
    () => fillOwners(instruments, accounts),
    () => fillEnds(instruments, accounts),
    () => fillHeld(instruments, accounts),
    () => fillServices(instruments, accounts),
    () => fillAccounts(instruments, accounts),
    () => fillSources(instruments, accounts, { sources, leases }, clock.now(), startedMs),
    () => fillShells(instruments, accounts),
    () => fillClocks(instruments, accounts, sources),
    () => fillLeases(instruments, leases),
    () => fillProcess(instruments),
    () => instruments.fill('rolewarden_build_info', [[{ version }, 1]]),
  ];

  return {
    observe,
    onAwsRequest: ({ service, operation, code }) => {
      instruments.count('rolewarden_aws_requests_total', { service, operation, code });
    },
    onEntraRequest: ({ operation, code }) => {
      instruments.count('rolewarden_entra_requests_total', { operation, code });
    },
    text: () => {
      for (const fill of fills) guarded(fill, instruments);
      return instruments.registry.metrics();
    },
    contentType: instruments.registry.contentType,
  };
};
