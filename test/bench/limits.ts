// What the project promises, held against what was found.

import { type Figures, type LeaverFigures, type ScrapeFigures, growthOf, writesAloneMs } from './figures.ts';

export interface Verdict {
  readonly what: string;
  readonly limit: string;
  readonly found: string;
  readonly isKept: boolean;
}

const compared = [1_000, 5_000] as const;

/** Two listings in pages of 1,000, the account's summary, its two lists of providers, and once who we are. */
export const sweepRequestLimit = (roles: number): number => 2 * Math.ceil(roles / 1_000) + 4;
export const pollRequestLimit = 60;
const ratioLimit = 1.5;
const memoryLimitMb = 300;
/** Linear growth, with room for the error of measuring. */
const growthLimit = 1.1;

export const atMost = (what: string, found: number, limit: number, unit: string, digits = 0): Verdict => ({
  what,
  limit: `≤ ${limit}${unit}`,
  found: `${found.toFixed(digits)}${unit}`,
  isKept: found <= limit,
});

export const leaverWritesLimit = 3;
const leaverRatioLimit = 1.2;

const verdictsOnLeavers = (found: LeaverFigures): readonly Verdict[] => {
  const forgotten = found.stillIn + found.undenied;
  return [
    atMost(
      'last leaver out ÷ the writes alone',
      found.fromPollMs / writesAloneMs(found),
      leaverRatioLimit,
      '',
      2,
    ),
    atMost('writes for a role that leavers were in', found.mostWritesOfARole, leaverWritesLimit, ''),
    atMost('leavers who are still in or not denied', forgotten, 0, ''),
    atMost('roles whose trust policy was narrowed before the deny', found.narrowedUndenied, 0, ''),
  ];
};

const scrapeBytesLimit = 5_000_000;
const scrapeMsLimit = 200;
/** Of the sweep of the same process: what Prometheus asks for costs little beside the work itself. */
const scrapeRatioLimit = 0.1;

const verdictsOnScrape = ({ policies, isFirstDay, ...found }: ScrapeFigures): readonly Verdict[] => {
  const which = `${policies} policies ${isFirstDay ? 'that all differ' : 'in sync'}`;
  return [
    atMost(`scrape with ${which}`, found.bytes / 1e6, scrapeBytesLimit / 1e6, ' MB', 2),
    atMost(`scrape after a sweep with ${which}`, found.firstMs, scrapeMsLimit, ' ms'),
    atMost(`the same ÷ the sweep`, found.firstMs / found.sweepMs, scrapeRatioLimit, '', 2),
  ];
};

export const verdictsOn = ({ sweeps, poll, changes, leavers, scrapes }: Figures): readonly Verdict[] => {
  const growth = growthOf(sweeps, 'sweep', compared);
  const largest = sweeps.find(({ roles }) => roles === compared[1]);
  const wrong = changes.filter(({ writes }) => writes !== 1);
  return [
    ...sweeps.map(({ roles, sweepRequests }) =>
      atMost(`AWS requests, ${roles} roles`, sweepRequests, sweepRequestLimit(roles), ''),
    ),
    ...sweeps
      .filter(({ roles }) => compared.some((one) => one === roles))
      .map(({ roles, ratio }) => atMost(`sweep ÷ bare read, ${roles} roles`, ratio, ratioLimit, '', 2)),
    ...(growth === undefined
      ? []
      : [
          {
            ...atMost('growth of the sweep, 1,000 → 5,000 roles', growth, growthLimit, '', 2),
            limit: `linear (1; ≤ ${growthLimit} for the error)`,
          },
        ]),
    ...(largest === undefined
      ? []
      : [atMost('peak memory of the sweep, 5000 roles', largest.sweep.peakRssMb, memoryLimitMb, ' MB')]),
    ...(poll === undefined
      ? []
      : [
          atMost(
            `HTTP requests of a poll, ${poll.groups} groups`,
            poll.requests.graph + poll.requests.token,
            pollRequestLimit,
            '',
          ),
        ]),
    ...(changes.length === 0
      ? []
      : [
          {
            what: 'IAM writes for one changed group',
            limit: 'exactly 1',
            found: wrong[0] === undefined ? '1' : String(wrong[0].writes),
            isKept: wrong.length === 0,
          },
        ]),
    ...(leavers === undefined ? [] : verdictsOnLeavers(leavers)),
    ...scrapes.filter(({ policies }) => policies === compared[1]).flatMap(verdictsOnScrape),
  ];
};
