// The metrics as `run` serves them, over sweeps by the real adapters.

import { serveReports } from '../../src/report/http.ts';
import { createMetrics } from '../../src/report/metrics.ts';
import { createStatus } from '../../src/report/status.ts';
import { type SweepContext, sweep } from '../../src/reconcile/sweep.ts';
import { answerPeer } from './messages.ts';
import type { Size } from './scene.ts';
import { openContext } from './sweep-context.ts';

export type ScrapeQuestion =
  | { readonly kind: 'serve'; readonly size: Size }
  /** Sweeps once, and lets the metrics know. */
  | { readonly kind: 'sweep' };

export interface ScrapeAnswers {
  /** Where the metrics are. */
  serve: string;
  /** What the sweep took, milliseconds. */
  sweep: number;
}

const clock = { now: () => Date.now() };
const metrics = createMetrics({ version: 'bench', maxStalenessMs: 86_400_000, clock });
const status = createStatus({ instance: 'bench', version: 'bench', clock });
let context: SweepContext | undefined;

const serve = async (size: Size): Promise<string> => {
  context = await openContext(size);
  const { report } = await context.directory.poll(context.policies, context.stopping);
  if (report.message !== '') throw new Error(`the poll did not read every group: ${report.message}`);
  metrics.observe({ kind: 'poll', report });
  const listener = { address: '127.0.0.1', port: 0 };
  const { metricsUrl } = await serveReports({
    metrics,
    status,
    metricsListener: listener,
    apiListener: listener,
    isAlive: () => ({ alive: true, reason: 'ok' }),
  });
  return `${metricsUrl}/metrics`;
};

const sweepOnce = async (): Promise<number> => {
  if (context === undefined) throw new Error('nothing was opened');
  const startedMs = performance.now();
  const report = await sweep('schedule', context);
  const tookMs = performance.now() - startedMs;
  if (report.result !== 'ok' || report.outcomes.length > 0)
    throw new Error(`the sweep was to write nothing: ${report.result} ${report.message}`);
  metrics.observe({ kind: 'sweep', report });
  return tookMs;
};

answerPeer(async (question: ScrapeQuestion) => {
  switch (question.kind) {
    case 'serve':
      return await serve(question.size);
    case 'sweep':
      return await sweepOnce();
  }
});
