// Every metric, once: the registry and the table in the README are both made from this list.

export type MetricType = 'gauge' | 'counter' | 'histogram';

export interface MetricDoc {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

const doc = <T extends MetricType, L extends string>(type: T, labels: readonly L[], help: string) => ({
  type,
  labels,
  help,
});

export const definitions = {
  rolewarden_ready: doc(
    'gauge',
    ['source'],
    '1 once it was read since the start, or is not needed, by source (policies, leases, entra, accounts: every account was swept); 0 until then.',
  ),
  rolewarden_drift: doc(
    'gauge',
    ['account', 'kind', 'name', 'class', 'effect'],
    'Differences that the last sweep found on an object, written or held, by class and by effect (widens, narrows, mixed, none).',
  ),
  rolewarden_drift_since_timestamp_seconds: doc(
    'gauge',
    ['account', 'kind', 'name', 'class'],
    'When the oldest difference of this class that still lasts was first found.',
  ),
  rolewarden_revocations_pending: doc(
    'gauge',
    ['account', 'policy', 'reason'],
    'Ways in of people and workloads who should be out and were not after the last sweep, by the reason why (a hold reason, or WriteFailed).',
  ),
  rolewarden_policy_ready: doc(
    'gauge',
    ['account', 'policy', 'reason'],
    '1 with reason Ready: everything is as the policy says. 0: the reason is why not (a hold reason, Unknown or WriteFailed).',
  ),
  rolewarden_binding_ready: doc(
    'gauge',
    ['account', 'binding', 'reason'],
    '1 with reason Ready: the service runs as its TaskRoleBinding says. 0: the reason is why not (a hold reason, Unknown or WriteFailed).',
  ),
  rolewarden_exec_ready: doc(
    'gauge',
    ['account', 'region', 'cluster', 'service', 'reason'],
    '1 with reason Ready: the shells that policies give in the service would open, as far as AWS shows. 0: the reason is why not.',
  ),
  rolewarden_side_doors: doc(
    'gauge',
    ['account', 'region', 'cluster', 'service', 'door'],
    'Statements of other roles that open a way to the containers of a bound service, or to its task role, by way (executeCommand, startSession, assumeRole, passRole).',
  ),
  rolewarden_policy_subjects: doc(
    'gauge',
    ['account', 'policy'],
    'People and service principals whom the policy admits.',
  ),
  rolewarden_break_glass_people: doc(
    'gauge',
    ['account', 'policy'],
    'People whom the policy admits as members of its break-glass group. Policies with none have no series.',
  ),
  rolewarden_break_glass_change_timestamp_seconds: doc(
    'gauge',
    ['account', 'policy'],
    'When break-glass access of the policy last changed, since the start: somebody gained it, lost it, or has it for another time.',
  ),
  rolewarden_policy_expiry_timestamp_seconds: doc(
    'gauge',
    ['policy'],
    'When the policy ends by its expiresAt, or ended; its role is closed then. Policies without an end have no series.',
  ),
  rolewarden_next_end_timestamp_seconds: doc(
    'gauge',
    ['account', 'policy'],
    'When the next access ends by itself: that of the policy, or of anybody whom it admits. No series where no end is known.',
  ),
  rolewarden_sweeps_total: doc(
    'counter',
    ['account', 'scope', 'result'],
    'Sweeps, by scope (access: the roles that people and workloads enter; services: task roles and ECS services) and result (ok, incomplete, unreadable).',
  ),
  rolewarden_sweep_duration_seconds: doc('histogram', ['account', 'scope'], 'How long sweeps took.'),
  rolewarden_last_sweep_attempt_timestamp_seconds: doc(
    'gauge',
    ['account', 'scope'],
    'When the last sweep ended.',
  ),
  rolewarden_last_sweep_success_timestamp_seconds: doc(
    'gauge',
    ['account', 'scope'],
    'When the last sweep ended that could read everything and in which no write failed.',
  ),
  rolewarden_changes_total: doc(
    'counter',
    ['account', 'kind', 'effect', 'result'],
    'Changes that were to be written, by what became of them (done, failed, dropped).',
  ),
  rolewarden_changes_held: doc(
    'gauge',
    ['account', 'reason'],
    'Changes that wait, by the reason why they do.',
  ),
  rolewarden_source_staleness_seconds: doc(
    'gauge',
    ['source'],
    'Time since the source (policies, entra, leases, ecs:<account>) was last read, or found to be as it was; before the first read, since the start. A replica on standby reads no entra.',
  ),
  rolewarden_source_staleness_limit_seconds: doc(
    'gauge',
    ['source'],
    'How old the source (entra) may become, by safety.maxStaleness, before policies with onStale: close let nobody in any more.',
  ),
  rolewarden_unreadable: doc(
    'gauge',
    ['source'],
    'Readings that failed at the last try: numbers of entra-groups, entra-service-principals, entra-assignments and ecs:<account> (services), 0 or 1 for policies, leases, aws:<account> and shells:<account> (open ones of people who were put out).',
  ),
  rolewarden_policy_problems: doc(
    'gauge',
    ['severity'],
    'Problems in the policy files at the last load, by severity (error, warning). While there are errors, nothing counts as deleted.',
  ),
  rolewarden_policies_info: doc(
    'gauge',
    ['commit', 'revision'],
    '1; the policies in force: the commit that they are of (empty: they are not from a repository), and a hash of their content.',
  ),
  rolewarden_role_info: doc(
    'gauge',
    ['account', 'policy', 'role'],
    '1; which policy a role is of, to bring the metrics of both together. Roles of bindings have no series.',
  ),
  rolewarden_trust_policy_chars: doc(
    'gauge',
    ['account', 'role'],
    'Characters that the trust policy of a role has with everyone in.',
  ),
  rolewarden_trust_policy_quota_chars: doc(
    'gauge',
    ['account'],
    'Characters that a trust policy may have in the account.',
  ),
  rolewarden_denied_people: doc(
    'gauge',
    ['account', 'role'],
    'People whose sessions the role denies since they were put out, for a day each; of those who came back, sessions from before. Roles that deny nobody and nothing have no series.',
  ),
  rolewarden_denies_chars: doc(
    'gauge',
    ['account', 'role'],
    'Characters of the denies of the role, of the 4,096 that are kept for them. Over it, those who are out the longest are denied together with everybody whose session began before.',
  ),
  rolewarden_role_last_used_timestamp_seconds: doc(
    'gauge',
    ['account', 'role'],
    'When somebody last used the role, as IAM tells it: hours late. Roles that were not used in 400 days have no series.',
  ),
  rolewarden_membership_propagation_seconds: doc(
    'histogram',
    [],
    'From the read of Entra to the acknowledged write, one observation for each write that let somebody in or put somebody out.',
  ),
  rolewarden_revocation_seconds: doc(
    'histogram',
    [],
    'Until somebody is out, with deny and trust policy read back: from the poll of Entra that showed it, from the end of an access, or from the load of a Lockout. One observation for each write, of the one in it who waited longest; failed tries count, holds do not.',
  ),
  rolewarden_sessions_ended_total: doc(
    'counter',
    ['account', 'result'],
    'Open ECS Exec sessions of people who were put out, by what became of them (done, failed: tried again).',
  ),
  rolewarden_sessions_held: doc(
    'gauge',
    ['account', 'reason'],
    'Open ECS Exec sessions of people who were put out that stay open, because the mode of the role is observe, or its policy says suspend: true; at the last look.',
  ),
  rolewarden_sessions_unattributed: doc(
    'gauge',
    ['account'],
    'Open ECS Exec sessions in roles that somebody was put out of, of which nobody can tell whose they are; at the last look.',
  ),
  rolewarden_clock_skew_seconds: doc(
    'gauge',
    ['source'],
    'By how much the clock of the source (entra, aws:<account>) is ahead of ours. Over 60 either way, nothing is done because a time has come.',
  ),
  rolewarden_lease_held: doc(
    'gauge',
    ['shard'],
    'Where replicas share the accounts: 1 for the shards that this one holds, 0 for the others. The sum over all replicas is 1 for each shard; while a shard changes hands it is 0.',
  ),
  rolewarden_lease_renewal_age_seconds: doc(
    'gauge',
    ['shard'],
    'Of a shard that this replica holds: time since the renewal that is in force was sent. At two thirds of the lease no write begins any more.',
  ),
  rolewarden_replicas: doc(
    'gauge',
    [],
    'Replicas that this one sees at the lease table, itself among them; 1 for a controller that is alone.',
  ),
  rolewarden_replica_accounts: doc(
    'gauge',
    [],
    'Accounts that this replica looks after: all of them, or where replicas share them those in its shards; 0 on standby.',
  ),
  rolewarden_entra_requests_total: doc(
    'counter',
    ['operation', 'code'],
    'Requests to Entra and Graph, each attempt, by status or error code.',
  ),
  rolewarden_aws_requests_total: doc(
    'counter',
    ['service', 'operation', 'code'],
    'Requests to AWS, each attempt, by status or error code.',
  ),
  rolewarden_api_refused_total: doc(
    'counter',
    ['reason'],
    'Requests for the status page or the API that were refused for want of the token (noToken, as the first of every browser is; wrongToken).',
  ),
  rolewarden_build_info: doc('gauge', ['version'], '1; which version runs.'),
  rolewarden_scrape_failures_total: doc(
    'counter',
    [],
    'Groups of gauges that could not be worked out at a scrape and kept their values; a defect.',
  ),
  process_cpu_seconds_total: doc('counter', [], 'CPU time that the process used, user and system.'),
  process_resident_memory_bytes: doc('gauge', [], 'Memory that the process holds.'),
} as const;

type Definitions = typeof definitions;
export type MetricName = keyof Definitions;
export type NameOf<T extends MetricType> = {
  [N in MetricName]: Definitions[N]['type'] extends T ? N : never;
}[MetricName];
/** The labels of a metric, all of them and no others. */
export type LabelsOf<N extends MetricName> = Readonly<Record<Definitions[N]['labels'][number], string>>;

/** All metrics, in the order in which people look for them. */
export const metricDocs: readonly MetricDoc[] = Object.entries(definitions).map(
  ([name, { type, labels, help }]) => ({ name, type, labels, help }),
);

/** The same as a markdown table, for the README. */
export const renderMetricsTable = (): string => {
  const rows = metricDocs.map(({ name, type, labels, help }) => {
    const listed = labels.length === 0 ? '' : labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${listed} | ${help.replaceAll('<', '&lt;').replaceAll('|', '\\|')} |`;
  });
  return ['| Metric | Type | Labels | Meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
};
