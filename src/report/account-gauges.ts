// The gauges that speak of what one sweep of one account found.

import type { SweepScope } from '../reconcile/sweep-report.ts';
import type { AccountFigures } from './account-figures.ts';
import { type Gauge, gauge } from './gauges.ts';

/** The newest sweep of an account in one scope; a new one for each sweep. */
export interface Swept {
  readonly account: string;
  readonly scope: SweepScope;
  readonly figures: AccountFigures;
}

const isReady = (reason: string): number => (reason === 'Ready' ? 1 : 0);

const drift: readonly Gauge<Swept>[] = [
  gauge('rolewarden_drift', ({ account, figures }) =>
    figures.drift.map(({ object, name, driftClass, effect, count }) => [
      { account, kind: object, name, class: driftClass, effect },
      count,
    ]),
  ),
  gauge('rolewarden_drift_since_timestamp_seconds', ({ account, figures }) =>
    [...figures.driftSince.values()].map(({ object, name, driftClass, sinceMs }) => [
      { account, kind: object, name, class: driftClass },
      sinceMs / 1_000,
    ]),
  ),
];

const owners: readonly Gauge<Swept>[] = [
  gauge('rolewarden_revocations_pending', ({ account, figures }) =>
    figures.revocations.map(({ policy, reason, count }) => [{ account, policy, reason }, count]),
  ),
  gauge('rolewarden_policy_ready', ({ account, figures }) =>
    [...figures.standings].map(([policy, reason]) => [{ account, policy, reason }, isReady(reason)]),
  ),
  gauge('rolewarden_binding_ready', ({ account, figures }) =>
    [...figures.bindings].map(([binding, reason]) => [{ account, binding, reason }, isReady(reason)]),
  ),
  gauge('rolewarden_policy_subjects', ({ account, figures }) =>
    [...figures.policies].map(([policy, { subjects }]) => [{ account, policy }, subjects]),
  ),
  gauge('rolewarden_break_glass_people', ({ account, figures }) =>
    [...figures.policies].flatMap(([policy, { breakGlass }]) =>
      breakGlass === 0 ? [] : [[{ account, policy }, breakGlass] as const],
    ),
  ),
  gauge('rolewarden_break_glass_change_timestamp_seconds', ({ account, figures }) =>
    [...figures.policies].flatMap(([policy, { breakGlassChangedMs: ms }]) =>
      ms === undefined ? [] : [[{ account, policy }, ms / 1_000] as const],
    ),
  ),
  gauge('rolewarden_next_end_timestamp_seconds', ({ account, figures }) =>
    [...figures.policies].flatMap(([policy, { nextEndMs }]) =>
      nextEndMs === undefined ? [] : [[{ account, policy }, nextEndMs / 1_000] as const],
    ),
  ),
];

const roles: readonly Gauge<Swept>[] = [
  gauge('rolewarden_role_info', ({ account, figures }) =>
    [...figures.policyOfRole].map(([role, policy]) => [{ account, policy, role }, 1]),
  ),
  gauge('rolewarden_trust_policy_chars', ({ account, figures }) =>
    [...figures.roles].map(([role, { trustChars }]) => [{ account, role }, trustChars]),
  ),
  gauge('rolewarden_trust_policy_quota_chars', ({ account, figures: { trustQuotaChars } }) =>
    trustQuotaChars === undefined ? [] : [[{ account }, trustQuotaChars]],
  ),
  gauge('rolewarden_denied_people', ({ account, figures }) =>
    [...figures.roles].flatMap(([role, { denies }]) =>
      denies === undefined ? [] : [[{ account, role }, denies.people] as const],
    ),
  ),
  gauge('rolewarden_denies_chars', ({ account, figures }) =>
    [...figures.roles].flatMap(([role, { denies }]) =>
      denies === undefined ? [] : [[{ account, role }, denies.chars] as const],
    ),
  ),
  gauge('rolewarden_role_last_used_timestamp_seconds', ({ account, figures }) =>
    [...figures.roles].flatMap(([role, { lastUsedAtMs }]) =>
      lastUsedAtMs === undefined ? [] : [[{ account, role }, lastUsedAtMs / 1_000] as const],
    ),
  ),
];

const services: readonly Gauge<Swept>[] = [
  gauge('rolewarden_exec_ready', ({ account, figures }) =>
    figures.execReadiness.map(({ place, reason }) => [{ account, ...place, reason }, isReady(reason)]),
  ),
  gauge('rolewarden_side_doors', ({ account, figures }) =>
    figures.sideDoors.map(({ place, kind, count }) => [{ account, ...place, door: kind }, count]),
  ),
];

const sweeps: readonly Gauge<Swept>[] = [
  gauge('rolewarden_last_sweep_attempt_timestamp_seconds', ({ account, scope, figures: { attemptMs } }) => [
    [{ account, scope }, attemptMs / 1_000],
  ]),
  gauge('rolewarden_last_sweep_success_timestamp_seconds', ({ account, scope, figures: { successMs } }) =>
    successMs === undefined ? [] : [[{ account, scope }, successMs / 1_000]],
  ),
  gauge('rolewarden_sessions_unattributed', ({ account, scope, figures: { unattributedShells } }) =>
    scope === 'access' ? [[{ account }, unattributedShells]] : [],
  ),
  gauge('rolewarden_sessions_held', ({ account, figures: { heldShells } }) =>
    [...heldShells].map(([reason, count]) => [{ account, reason }, count]),
  ),
];

export const accountGauges: readonly Gauge<Swept>[] = [...drift, ...owners, ...roles, ...services, ...sweeps];
