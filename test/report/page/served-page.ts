// The page as it is served, over a small world that a test tells of.

import type { ControllerEvent } from '../../../src/reconcile/sweep-report.ts';
import { type ReportServer, serveReports } from '../../../src/report/http.ts';
import { createJournal } from '../../../src/report/journal.ts';
import { createMetrics } from '../../../src/report/metrics.ts';
import { createRecentJournal } from '../../../src/report/recent-journal.ts';
import { createStatus } from '../../../src/report/status.ts';
import type { Clock } from '../../../src/domain/ports.ts';

export interface ServedPage {
  readonly url: string;
  /** Tells status and journal, as the controller does. */
  readonly observe: (...events: readonly ControllerEvent[]) => void;
  /** What went wrong in answering. */
  readonly defects: readonly string[];
  readonly stop: () => Promise<void>;
}

export interface ServedPageOptions {
  readonly clock: Clock;
  readonly port?: number;
  readonly token?: string;
}

export const servePage = async ({ clock, port = 0, token }: ServedPageOptions): Promise<ServedPage> => {
  const status = createStatus({ instance: 'contoso-main', version: '1.2.3', clock });
  const recent = createRecentJournal();
  const journal = createJournal((_line, entry) => recent.note(entry));
  const defects: string[] = [];
  const server: ReportServer = await serveReports({
    metrics: createMetrics({ version: '1.2.3', maxStalenessMs: 86_400_000, clock }),
    status,
    journal: recent,
    metricsListener: { address: '127.0.0.1', port: 0 },
    apiListener: { address: '127.0.0.1', port },
    isAlive: () => ({ alive: true, reason: '' }),
    onDefect: (error) => defects.push(error.stack ?? error.message),
    ...(token === undefined ? {} : { apiToken: token }),
  });
  return {
    url: server.apiUrl,
    observe: (...events) => {
      for (const event of events) for (const reporter of [status, journal]) reporter.observe(event);
    },
    defects,
    stop: () => server.stop(1),
  };
};

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** What somebody reads: tags are gone, white space is one space, escaped characters are themselves. */
export const textOf = (html: string): string =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '')
    .replace(/\s+/g, ' ');
