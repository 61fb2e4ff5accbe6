// `rolewarden explain`: why somebody can or cannot enter, from live sources or from a running controller. Changes nothing.

import { explainOnce } from '../reconcile/run-once.ts';
import { type ExplanationDocument, explanationDocument } from '../report/explanation-document.ts';
import { renderExplanation } from '../report/render-explanation.ts';
import { askController } from './ask-controller.ts';
import { readQuestion } from './explain-question.ts';
import { type Terminal, wantsColor } from './output.ts';
import { withProgress } from './progress.ts';
import { openAdapters, requireConfig, systemClock } from './wiring.ts';

export interface ExplainOptions {
  readonly who: string;
  readonly policy: string;
  readonly account?: string;
  readonly at?: string;
  readonly config: string;
  /** Asks the controller there in the place of the live sources. */
  readonly url?: string;
  readonly output: 'text' | 'json';
}

/** A controller looks at AWS before it answers. */
const timeLimitMs = 60_000;

const asked = ({ who, policy, account, at }: ExplainOptions) => ({ who, policy, account, at });

const fromController = (
  base: string,
  options: ExplainOptions,
  terminal: Terminal,
): Promise<ExplanationDocument> => {
  // A moment that nobody can read is refused here, as with live sources.
  readQuestion(asked(options));
  return askController(
    {
      base,
      path: '/api/v1/explain',
      parameters: Object.entries(asked(options)).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      ),
      withoutUrl: 'Without --url, live sources are asked',
      timeLimitMs,
    },
    terminal,
  );
};

const fromLiveSources = async (options: ExplainOptions, terminal: Terminal): Promise<ExplanationDocument> => {
  const question = readQuestion(asked(options));
  const config = await requireConfig(options.config, terminal);
  const adapters = openAdapters(config, terminal);
  try {
    const { loaded, explanations } = await withProgress(terminal, 'Reading', (onProgress) =>
      explainOnce({ ...adapters, config, signal: terminal.stopped, onProgress }, question),
    );
    for (const message of loaded.policies.messages) terminal.err(`${message}\n`);
    return explanationDocument(explanations, question);
  } finally {
    adapters.close();
  }
};

/** 1 where anything cannot be told, else 2 where she may not enter somewhere, else 0. */
const exitCode = ({ accounts }: ExplanationDocument): number => {
  const verdicts = new Set(accounts.map(({ verdict }) => verdict));
  if (verdicts.has('unknown')) return 1;
  return verdicts.has('mayNotEnter') || accounts.length === 0 ? 2 : 0;
};

export const explainCommand = async (options: ExplainOptions, terminal: Terminal): Promise<number> => {
  const document =
    options.url === undefined
      ? await fromLiveSources(options, terminal)
      : await fromController(options.url, options, terminal);
  const color = wantsColor(terminal, terminal.isOutTerminal);
  const now = new Date(systemClock.now());
  terminal.out(renderExplanation(document, options.output, { color, now }));
  return exitCode(document);
};
