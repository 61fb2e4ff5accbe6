// `rolewarden doctor --assertion FILE`: whether what Entra really sends is what the Federation says, offline. Where it is, this
// prints what to commit.

import { readFile } from 'node:fs/promises';
import { readCaptured } from '../doctor/assertion/captured.ts';
import { type Examined, examineCaptured } from '../doctor/assertion/examine-captured.ts';
import { AppError } from '../domain/errors.ts';
import type { PolicySet } from '../domain/policy.ts';
import { renderChecks } from '../report/render-checks.ts';
import { type Terminal, wantsColor } from './output.ts';
import { openSource, requireConfig, systemClock } from './wiring.ts';

export interface AssertionOptions {
  readonly config: string;
  /** A file. */
  readonly assertion: string;
  /** The name of the Federation, where several would fit. */
  readonly federation?: string;
  readonly output: 'text' | 'json';
}

const readSaved = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new AppError('invalid', `${file} cannot be read${code}; name the file with the saved sign-in`, {
      cause,
    });
  }
};

const loadPolicies = async (options: AssertionOptions, terminal: Terminal): Promise<PolicySet> => {
  const config = await requireConfig(options.config, terminal);
  const loaded = await openSource(config, terminal, systemClock).load(terminal.stopped);
  if (loaded.state === 'present') return loaded.value;
  throw loaded.state === 'unreadable'
    ? loaded.problem
    : new AppError(
        'invalid',
        'there are no policies; spec.policies of the ControllerConfig says where they are',
      );
};

const nextStep = ({ federation, source, part, verified, before }: Examined): string => {
  const place = `${source.file}:${source.line}`;
  if (verified === undefined)
    return `do what stands under each ✗, sign in again, and run this again; until then enforce stays held for ${federation}`;
  if (before === 'verified') return `nothing is to be done: ${place} already says verified: ${verified}`;
  return `commit this in ${place}, under spec.${part}; it is good for these settings and no others:\n\n    verified: ${verified}\n`;
};

/** 0 it is as the Federation says, 2 something is not. */
export const doctorAssertion = async (options: AssertionOptions, terminal: Terminal): Promise<number> => {
  const { assertion: file, federation, output } = options;
  const captured = readCaptured(await readSaved(file), file);
  const policies = await loadPolicies(options, terminal);
  const examined = examineCaptured(captured, policies, federation, systemClock.now());
  terminal.out(
    renderChecks(examined.checks, output, {
      color: wantsColor(terminal, terminal.isOutTerminal),
      next: nextStep(examined),
      also: {
        federation: examined.federation,
        part: examined.part,
        verified: examined.verified ?? null,
        isCommitted: examined.before === 'verified',
      },
    }),
  );
  terminal.err(`Delete ${file}: whoever has it may be let in by it for as long as it is valid.\n`);
  return examined.verified === undefined ? 2 : 0;
};
