// Leases in the log: which shards came and went, and what is in the way, once.

import type { LeasesReport } from '../domain/lease.ts';
import type { LogLine } from './log-sources.ts';
import { counted } from './words.ts';

export interface LeaseLines {
  observe(report: LeasesReport): readonly LogLine[];
}

const heldIn = (report: LeasesReport | undefined): ReadonlyMap<number, number> =>
  new Map(
    (report?.shards ?? []).flatMap(({ shard, fence, renewedMsAgo }) =>
      renewedMsAgo === undefined ? [] : [[shard, fence] as const],
    ),
  );

const troubleLines = (report: LeasesReport, before: LeasesReport | undefined): readonly LogLine[] => {
  const { problem, waitsBecause, replica } = report;
  const fields = { replica };
  const lines: LogLine[] = [];
  if (problem !== '' && problem !== before?.problem) {
    const text = `the leases cannot be read or written, so no shard is taken, and those that cannot be renewed in time are left alone: ${problem}`;
    lines.push({ level: 'warn', fields, text });
  }
  if (problem === '' && before !== undefined && before.problem !== '')
    lines.push({ level: 'info', fields, text: 'the leases can be read and written again' });
  if (waitsBecause !== '' && waitsBecause !== before?.waitsBecause)
    lines.push({ level: 'warn', fields, text: waitsBecause });
  return lines;
};

const standbyText = ({ shards }: LeasesReport): string => {
  const [only] = shards;
  return shards.length === 1 && only !== undefined && only.holder !== ''
    ? `on standby: replica ${only.holder} looks after all accounts`
    : `on standby: this replica holds none of ${counted(shards.length, 'shard')}`;
};

const holdingLines = (report: LeasesReport, before: LeasesReport | undefined): readonly LogLine[] => {
  const { replica, replicas, shards, readAtMs } = report;
  const [now, was] = [heldIn(report), heldIn(before)];
  const taken = [...now].filter(([shard, fence]) => was.get(shard) !== fence);
  const gone = [...was.keys()].filter((shard) => !now.has(shard));
  const fields = { replica, replicas: replicas.length, held: [...now.keys()] };
  const isFirst = readAtMs !== undefined && before?.readAtMs === undefined;
  if (now.size === 0 && (gone.length > 0 || isFirst))
    return [{ level: 'info', fields, text: standbyText(report) }];
  if (taken.length + gone.length === 0) return [];
  const parts = [
    ...(taken.length === 0
      ? []
      : [`took ${taken.map(([shard, fence]) => `${shard} (fence ${fence})`).join(', ')}`]),
    ...(gone.length === 0 ? [] : [`no longer ${gone.join(', ')}`]),
  ];
  const text = `this replica holds ${now.size} of ${counted(shards.length, 'shard')}: ${parts.join('; ')}`;
  return [{ level: 'info', fields, text }];
};

/** Reports come several times a second, and mostly say nothing new. */
export const createLeaseLines = (): LeaseLines => {
  let last: LeasesReport | undefined;
  return {
    observe: (report) => {
      const before = last;
      last = report;
      return [...troubleLines(report, before), ...holdingLines(report, before)];
    },
  };
};
