// The part of the report on many accounts, in Markdown.

import {
  type FleetFigures,
  type IdleFigures,
  type IdleWindow,
  type ReplicaFigures,
  type StartFigures,
  mostByMean,
  pollsShare,
  sweepCpuMs,
  takeoverMs,
  withSweepsShare,
} from './fleet-figures.ts';
import type { Verdict } from './limits.ts';
import { seconds, table, verdictTable, whole } from './render.ts';

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

const windowRow = (what: string, one: IdleWindow): readonly string[] => [
  what,
  seconds(one.lastedMs),
  seconds(one.cpuMs),
  percent(one.cpuMs / one.lastedMs),
  whole(one.medianRssMb),
  whole(one.peakRssMb),
  whole(one.graphRequests),
  whole(one.awsRequests),
];

const idleSection = (idle: IdleFigures): string => `### Standing still

${whole(idle.roles)} roles in ${whole(idle.accounts)} accounts, each with a spoke role of its own, of ${whole(idle.groups)} policies with a group of 20 each, all in sync. Groups are polled every ${whole(idle.pollIntervalMs / 1_000)} s, the policy folder is
compared as often; metrics, status and journal are kept, and nobody asks for them. CPU counts all threads, garbage collection included. *Polls only* has no sweep
scheduled. *A sweep each minute* is another process, from which the cost of one sweep of all accounts follows: ${seconds(sweepCpuMs(idle))} of CPU.

${table(
  ['what', 'watched', 'CPU', 'of a core', 'MB, median', 'MB, most', 'Graph requests', 'AWS requests'],
  [windowRow('polls only', idle.polls), windowRow('a sweep each minute', idle.sweeps)],
)}

So with the default, a sweep every 5 minutes, it takes ${percent(withSweepsShare(idle))} of a core: ${percent(pollsShare(idle))} for polls, the rest for sweeps. The most memory that the first process ever had, first sweeps
included: ${whole(idle.highestRssMb)} MB.
`;

const startSection = (starts: readonly StartFigures[]): string => `### From the start to the first sweep

From the start of the process until the last account was swept. In it: loading the program and the policies, signing in to Entra, a poll of all groups, and
entering each account, with clients of its own.

${table(
  ['roles', 'accounts', 'starts', 'median', 'slowest'],
  starts.map(({ roles, accounts, times, ms, slowestMs }) => [
    whole(roles),
    whole(accounts),
    whole(times),
    seconds(ms),
    seconds(slowestMs),
  ]),
)}
`;

const replicaSection = (found: ReplicaFigures): string => {
  const { spread, accounts, takeovers, leaseMs } = found;
  return `### Replicas

${whole(spread.accounts)} accounts with ${whole(found.roles)} roles, ${spread.shards} shards, ${spread.replicas} replicas as processes, the lease table played by dynalite. Accounts of each once no shard moves any more: ${accounts.join(', ')}; the most
by the mean ${mostByMean(found).toFixed(2)}. By the same functions over ${whole(spread.sets)} random sets of account ids: median ${spread.median.toFixed(2)}, 99th of 100 ${spread.p99.toFixed(2)}, worst ${spread.worst.toFixed(2)}.

One of them is killed (SIGKILL) while leases last ${leaseMs / 1_000} s, and its accounts are waited for: the median is ${seconds(takeoverMs(found))}.

${table(
  ['killed', 'accounts', 'until the last was swept', 'of that, first sweep → last'],
  takeovers.map(({ accounts: hers, ms, sweepsMs }, index) => [
    String(index + 1),
    whole(hers),
    seconds(ms),
    seconds(sweepsMs),
  ]),
)}
`;
};

export const renderFleet = (
  { idle, starts, replicas }: FleetFigures,
  verdicts: readonly Verdict[],
  when: string,
): string =>
  [
    `## Many accounts

The program itself, bundled as \`npm run build\` bundles it and run with the flags of the image; the embedded cloud in another process, policies as files in a folder.
${when}
`,
    ...(idle === undefined ? [] : [idleSection(idle)]),
    ...(starts.length === 0 ? [] : [startSection(starts)]),
    ...(replicas === undefined ? [] : [replicaSection(replicas)]),
    `### Limits over many accounts

${verdictTable(verdicts)}
`,
  ].join('\n');
