// `rolewarden explain`: why somebody can or cannot enter, from live sources or from a running controller. Changes nothing.

import { AppError } from '../domain/errors.ts';
import { explainOnce } from '../reconcile/run-once.ts';
import { type ExplanationDocument, explanationDocument } from '../report/explanation-document.ts';
import { renderExplanation } from '../report/render-explanation.ts';
import { authorization, needsToken } from './api-token.ts';
import { readQuestion } from './explain-question.ts';
import { type Terminal, wantsColor } from './output.ts';
import { openAdapters, requireConfig, systemClock } from './wiring.ts';

export interface ExplainOptions {
  readonly who: string;
  readonly policy: string;
  readonly account?: string;
  readonly at?: string;
  readonly config: string;
  /** Asks the controller there in the place of the live sources. */
  readonly url?: string;
  readonly format: 'text' | 'json';
}

/** A controller looks at AWS before it answers. */
const timeLimitMs = 60_000;

const asked = ({ who, policy, account, at }: ExplainOptions) => ({ who, policy, account, at });

const fromController = async (
  base: string,
  options: ExplainOptions,
  terminal: Terminal,
): Promise<ExplanationDocument> => {
  // A moment that nobody can read is refused here, as with live sources.
  readQuestion(asked(options));
  const url = new URL('/api/v1/explain', base);
  for (const [name, value] of Object.entries(asked(options)))
    if (value !== undefined) url.searchParams.set(name, value);
  const where = `${url.origin}${url.pathname}`;
  const response = await fetch(url, {
    headers: authorization(terminal.env),
    redirect: 'manual',
    signal: AbortSignal.any([terminal.stopped, AbortSignal.timeout(timeLimitMs)]),
  }).catch((cause: unknown) => {
    throw new AppError(
      'transient',
      `no controller answers at ${where}; is \`rolewarden run\` running, and does --url name its api address (spec.api of the ControllerConfig)? Without --url, live sources are asked`,
      { cause },
    );
  });
  if (response.status === 401) throw new AppError('denied', `${where} answered 401; ${needsToken}`);
  const body = (await response.json().catch(() => ({}))) as ExplanationDocument & { readonly error?: string };
  if (!response.ok) throw new AppError('invalid', body.error ?? `${where} answered ${response.status}`);
  return body;
};

const fromLiveSources = async (options: ExplainOptions, terminal: Terminal): Promise<ExplanationDocument> => {
  const question = readQuestion(asked(options));
  const config = await requireConfig(options.config, terminal);
  const adapters = openAdapters(config, terminal);
  try {
    if (terminal.isErrTerminal) terminal.err('Reading policies, Entra groups and AWS accounts …\n');
    const { loaded, explanations } = await explainOnce(
      { ...adapters, config, signal: terminal.stopped },
      question,
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
  terminal.out(renderExplanation(document, options.format, { color, now }));
  return exitCode(document);
};
