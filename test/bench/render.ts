// The report, in Markdown.

import {
  type ChangeFigures,
  type Figures,
  type LeaverFigures,
  type PollFigures,
  type ScrapeFigures,
  type Summary,
  growthOf,
  median,
  writesAloneMs,
} from './figures.ts';
import type { Verdict } from './limits.ts';

export interface Setting {
  readonly nodeVersion: string;
  readonly cores: number;
  readonly nodeFlags: readonly string[];
  readonly rounds: number;
  readonly warmRuns: number;
  /** When it was, and how busy the machine was. */
  readonly when: string;
}

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  );
};

export const whole = (value: number): string => Math.round(value).toLocaleString('en');
export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;

const sweepTable = ({ sweeps }: Figures): string => {
  const row = (roles: number, what: string, requests: number, one: Summary, ratio: string) => [
    whole(roles),
    what,
    String(requests),
    whole(one.wallMs),
    whole(one.coldWallMs),
    whole(one.cpuMs),
    whole(one.peakRssMb),
    ratio,
  ];
  return table(
    ['roles', 'what', 'requests', 'wall ms', 'first run ms', 'CPU ms', 'peak MB', 'sweep ÷ bare'],
    sweeps.flatMap((one) => [
      row(one.roles, 'bare read', one.bareRequests, one.bare, ''),
      row(one.roles, '**sweep**', one.sweepRequests, one.sweep, one.ratio.toFixed(2)),
    ]),
  );
};

const growthText = ({ sweeps }: Figures): string => {
  const [sweep, bare] = (['sweep', 'bare'] as const).map((kind) => growthOf(sweeps, kind, [1_000, 5_000]));
  return sweep === undefined || bare === undefined
    ? ''
    : `\nFrom 1,000 to 5,000 roles the sweep takes ${(sweep * 5).toFixed(1)} times as long (linear: 5), the bare read ${(bare * 5).toFixed(1)} times.\n`;
};

const changeTable = (changes: readonly ChangeFigures[]): string => {
  const of = (pick: (one: ChangeFigures) => number): number => median(changes.map(pick));
  return table(
    ['one member added to one of 1,000 groups', 'median'],
    [
      ['IAM writes', whole(of(({ writes }) => writes))],
      ['AWS requests, the write included', whole(of(({ requests }) => requests.aws))],
      ['Graph requests', whole(of(({ requests }) => requests.graph + requests.token))],
      [
        `change → write acknowledged, polling every ${whole(of(({ pollIntervalMs }) => pollIntervalMs) / 1_000)} s`,
        seconds(of(({ fromChangeMs }) => fromChangeMs)),
      ],
      ['start of the poll that saw it → write acknowledged', seconds(of(({ fromPollMs }) => fromPollMs))],
    ],
  );
};

export const verdictTable = (verdicts: readonly Verdict[]): string =>
  table(
    ['limit', 'allowed', 'found', ''],
    verdicts.map(({ what, limit, found, isKept }) => [what, limit, found, isKept ? 'kept' : '**missed**']),
  );

const intro = (setting: Setting): string => `# Benchmark

\`npm run bench\` measures this and writes this page; \`npm run bench -- --quick\` measures less and only prints, and
\`npm run bench -- leavers\` one part of it (\`sweeps\`, \`poll\`, \`changes\`, \`leavers\`, \`scrapes\`; over many accounts \`idle\`, \`start\`, \`replicas\`). It exits with 1 if a
limit is missed. Node ${setting.nodeVersion}, ${setting.cores} cores, everything on one machine. ${setting.when}

**How it is measured.** The embedded cloud (README: *sandbox*) runs in a process of its own and speaks the real protocols on loopback. An account
holds N roles and nothing else; behind each stands one Entra group of 20 people, out of a company of 2,000. Every role is as its policy
wants it, except that the cloud, like IAM, gives lists back in another order each time.

- The *bare read* is the yardstick: the official \`IAMClient\` reads the same pages that a sweep needs (\`GetAccountAuthorizationDetails\` and \`ListRoles\`, 1,000
  a page, side by side) and does nothing with them.
- The *sweep* is what \`rolewarden run\` does: it reads, works out what should be, compares every role and every person, and finds nothing to do.
- Both are bundled as \`npm run build\` bundles the program, and run in fresh processes, one at a time and in turn: bare, sweep, bare, sweep. ${setting.rounds} rounds of one first run and ${setting.warmRuns} warm runs; wall and CPU are medians of the
  warm runs. CPU counts all threads, garbage collection included. The memory is the most that a process ever had (resident set),
  and the sweep's includes the first poll of all N groups. The first sweep of a process asks STS once who it is.
- Node's flags, for both: \`${setting.nodeFlags.join(' ')}\`. Without the first Node sizes its heap by the machine, and a large machine
  lets much garbage lie about. The allocator is set as the image sets it, too (\`MALLOC_*\`). Neither has V8's optimizing compilers,
  as in the image; the bare read loses more by that than the sweep, so that the ratio flatters.

The times are of loopback: against AWS the network dominates both alike, so trust the ratios.
`;

const sweepSection = (figures: Figures): string => `## A sweep that finds nothing to do

${sweepTable(figures)}
${growthText(figures)}`;

const pollSection = ({ groups, requests, cost }: PollFigures): string => `## Entra

A poll over ${whole(groups)} groups of 20, the first of a process: ${requests.graph} HTTP requests to Graph (20 groups to a \`$batch\`, then their names) and ${requests.token} to
sign in, ${seconds(cost.wallMs)}.
`;

const changeSection = (changes: readonly ChangeFigures[]): string => `## A change

The whole controller, with 1,000 roles in sync. Each change is made right after a poll, so the time from the change includes a whole poll interval.

${changeTable(changes)}
`;

const leaverSection = (found: LeaverFigures): string => {
  const { people, roles, latencyMs, writeLimit } = found;
  const aloneMs = writesAloneMs(found);
  const rows: readonly (readonly [string, string])[] = [
    ['roles written', whole(found.rolesWritten)],
    ['IAM writes', whole(found.writes)],
    ['most writes of one role', whole(found.mostWritesOfARole)],
    ['writes that IAM throttled, and that were made again', whole(found.throttled)],
    ['sweeps that wrote', whole(found.sweeps)],
    [
      `the writes alone: all but the first ${writeLimit.burst}, ${writeLimit.perSecond} a second`,
      seconds(aloneMs),
    ],
    [
      'start of the poll that saw them → the last out, deny and trust policy read back',
      seconds(found.fromPollMs),
    ],
    ['ratio', (found.fromPollMs / aloneMs).toFixed(2)],
  ];
  return `## Many leavers

${whole(people)} people, who are members of the groups behind ${whole(roles)} roles of one account, are disabled in Entra at once; \`safety.provenLeavers\` was raised
to as many before. IAM takes ${writeLimit.perSecond} writes a second, ${writeLimit.burst} at once, and throttles what is more; the controller is set to the same, as it is by default.
Every answer of AWS takes ${latencyMs} ms. Whoever leaves is denied before the trust policy loses her, so that each role needs two writes.

${table([`${whole(people)} leavers`, 'found'], rows)}
`;
};

const scrapeSection = (scrapes: readonly ScrapeFigures[]): string => {
  const rows = scrapes.map((one) => [
    whole(one.policies),
    one.isFirstDay ? 'all differ' : 'in sync',
    whole(one.samples),
    (one.bytes / 1e6).toFixed(2),
    whole(one.bytes / one.policies),
    whole(one.firstMs),
    whole(one.laterMs),
    (one.firstMs / one.sweepMs).toFixed(2),
  ]);
  const head = [
    'policies',
    'state',
    'samples',
    'MB',
    'bytes a policy',
    'ms after a sweep',
    'ms again',
    'after a sweep ÷ sweep',
  ];
  return `## A scrape

What Prometheus asks of a controller with so many policies in one account, uncompressed, over HTTP on loopback until the whole answer is there; medians.
*All differ* is the first day: policies observe, and none of their roles is there yet. Names of policies and roles have 11 characters: each character more
is 5 bytes a policy in sync, and 11 where it differs. A role that is in use has 100 bytes more, and one that denies somebody 170.

${table(head, rows)}
`;
};

export const render = (figures: Figures, verdicts: readonly Verdict[], setting: Setting): string =>
  [
    intro(setting),
    ...(figures.sweeps.length === 0 ? [] : [sweepSection(figures)]),
    ...(figures.poll === undefined ? [] : [pollSection(figures.poll)]),
    ...(figures.changes.length === 0 ? [] : [changeSection(figures.changes)]),
    ...(figures.leavers === undefined ? [] : [leaverSection(figures.leavers)]),
    ...(figures.scrapes.length === 0 ? [] : [scrapeSection(figures.scrapes)]),
    `## Limits

${verdictTable(verdicts)}
`,
  ].join('\n');
