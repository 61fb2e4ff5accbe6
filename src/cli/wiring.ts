// Puts the real adapters behind the ports. Everything that differs between a laptop and production is a setting.

import { relative } from 'node:path';
import { openAccounts } from '../aws/open-accounts.ts';
import { type WebIdentityTokensOptions, webIdentityToken } from '../aws/web-identity-token.ts';
import { AppError } from '../domain/errors.ts';
import type { EntraExaminer } from '../domain/examination.ts';
import type { ControllerConfig } from '../domain/policy.ts';
import type { Clock, DirectoryPort, OpenAccount, PolicySource } from '../domain/ports.ts';
import { type AskForToken, entraCredential } from '../entra/credential.ts';
import { openEntraDirectory } from '../entra/entra-directory.ts';
import { directorySource } from '../policy/directory-source.ts';
import { gitSource } from '../policy/git/git-source.ts';
import { readConfig } from '../policy/read-config.ts';
import { type Terminal, printProblems } from './output.ts';

export const systemClock: Clock = { now: () => Date.now() };

export interface Adapters {
  readonly source: PolicySource;
  readonly directory: DirectoryPort;
  readonly openAccount: OpenAccount;
  readonly clock: Clock;
  close(): void;
}

export interface RequestCounters {
  readonly onAwsRequest?: (request: { service: string; operation: string; code: string }) => void;
  readonly onEntraRequest?: (request: { operation: string; code: string }) => void;
}

/** The config of a command, or an error after its problems were printed. */
export const requireConfig = async (file: string, terminal: Terminal): Promise<ControllerConfig> => {
  const { config, problems } = await readConfig(file);
  if (problems.length > 0) printProblems(terminal, problems);
  if (config === undefined) {
    throw new AppError(
      'invalid',
      `${file} holds no valid ControllerConfig; correct what is listed above, or name another file with --config`,
    );
  }
  return config;
};

/** Where the config says that policies come from. */
export const openSource = (config: ControllerConfig, terminal: Terminal, clock: Clock): PolicySource => {
  const { policyOrigin: origin, policyIntervalMs: pollIntervalMs } = config;
  if (origin.kind === 'git') return gitSource({ origin, env: terminal.env, clock, config });
  // Relative, so that plans and journals name files as people and pull requests do.
  return directorySource({ path: relative('', origin.path) || '.', pollIntervalMs, clock, config });
};

const counting = ({ onAwsRequest }: RequestCounters) =>
  onAwsRequest === undefined ? {} : { onRequest: onAwsRequest };

/** STS in our own account, by our own credentials. */
export const ownStsOptions = (
  config: ControllerConfig,
  terminal: Terminal,
  counters: RequestCounters = {},
): WebIdentityTokensOptions => ({
  ...counting(counters),
  clock: systemClock,
  requestTimeoutMs: config.aws.requestTimeoutMs,
  region: terminal.env['AWS_REGION'] ?? terminal.env['AWS_DEFAULT_REGION'],
});

export const openAws = (config: ControllerConfig, counters: RequestCounters = {}) =>
  openAccounts({ settings: config.aws, clock: systemClock, ...counting(counters) });

/** @throws AppError `invalid`, naming the variable to set */
export const openDirectory = (
  config: ControllerConfig,
  terminal: Terminal,
  counters: RequestCounters = {},
): DirectoryPort & EntraExaminer => {
  const askForToken: AskForToken = (audience) =>
    webIdentityToken(ownStsOptions(config, terminal, counters), audience);
  return openEntraDirectory({
    settings: config.entra,
    credential: entraCredential(config.entra, terminal.env, askForToken),
    clock: systemClock,
    ...(counters.onEntraRequest === undefined ? {} : { onRequest: counters.onEntraRequest }),
  });
};

export const openAdapters = (
  config: ControllerConfig,
  terminal: Terminal,
  counters: RequestCounters = {},
): Adapters => {
  const accounts = openAws(config, counters);
  return {
    clock: systemClock,
    source: openSource(config, terminal, systemClock),
    directory: openDirectory(config, terminal, counters),
    openAccount: accounts,
    close: () => {
      accounts.close();
    },
  };
};
