// Entra ID as the directory of people, groups and service principals, read through Microsoft Graph v1.0.

import type { TokenCredential } from '@azure/identity';
import { toAppError } from '../domain/errors.ts';
import type { AppToken, EntraExaminer } from '../domain/examination.ts';
import type { EntraSettings } from '../domain/policy.ts';
import type { Clock, DirectoryPort } from '../domain/ports.ts';
import { absent, present, type Reading, unreadable } from '../domain/reading.ts';
import { unlessAborted } from '../domain/unless-aborted.ts';
import { openTokenSource, type TokenSource } from './access-token.ts';
import { openActivations } from './activations.ts';
import { readApplications } from './applications.ts';
import { readAssignments } from './assignments.ts';
import { openBatch } from './batch.ts';
import { openClockSkew } from './clock-skew.ts';
import { graphOrigin, openGraph } from './graph-client.ts';
import { openGroupNames } from './group-names.ts';
import { readGroups } from './groups.ts';
import { type SendToGraph, sendOverHttps } from './https.ts';
import type { ReadCall } from './question.ts';
import { openRetry } from './retry.ts';
import type { OnRequest } from './retry-handler.ts';
import { readServicePrincipals } from './service-principals.ts';
import { readStandings } from './standings.ts';
import { claimsOf } from './token-claims.ts';
import { type Sleep, sleepFor } from './time-limit.ts';

export interface EntraDirectoryOptions {
  readonly settings: EntraSettings;
  readonly credential: TokenCredential;
  readonly clock: Clock;
  /**
   * Told once per HTTP request (`batch`, `getByIds`) and once per answer inside a batch (`listMembers`, …), for the metric
   * `entra_requests_total`. The code is the HTTP status, or `timeout`, `network` or `token` (not sent, for lack of a token).
   */
  readonly onRequest?: OnRequest;
  /** Carries requests to Graph in the place of Node's HTTPS. */
  readonly send?: SendToGraph;
  readonly sleep?: Sleep;
  /** 0 to 1, for the jitter of waits. */
  readonly random?: () => number;
}

const readToken = async (tokens: TokenSource, signal: AbortSignal): Promise<Reading<AppToken>> => {
  signal.throwIfAborted();
  try {
    const claims = claimsOf(await unlessAborted(tokens.getAccessToken(), signal));
    return claims === undefined ? absent : present(claims);
  } catch (error) {
    signal.throwIfAborted();
    return unreadable(toAppError(error, 'asking Entra for a token'));
  }
};

/**
 * Opens the directory; nothing is sent yet. Each call of the port may wait and retry for one poll interval, then what
 * could not be read is `unreadable`.
 * @throws AppError `invalid` if the settings' Graph endpoint is no https URL
 */
export const openEntraDirectory = (options: EntraDirectoryOptions): DirectoryPort & EntraExaminer => {
  const { settings, credential, clock, onRequest = () => {} } = options;
  const origin = graphOrigin(settings.graphEndpoint);
  const { requestTimeoutMs } = settings;
  const scope = `${origin}/.default`;
  const tokens = openTokenSource({ credential, scope, clock, timeLimitMs: requestTimeoutMs });
  const retry = openRetry({
    clock,
    tokens,
    sleep: options.sleep ?? sleepFor,
    random: options.random ?? Math.random,
  });
  const skew = openClockSkew();
  const post = openGraph(origin, options.send ?? sendOverHttps(), {
    retry,
    tokens,
    clock,
    requestTimeoutMs,
    onRequest,
    onDate: skew.note,
  });
  const ask = openBatch({ post, retry, clock, onRequest });
  const readNames = openGroupNames(post);
  const activations = openActivations(ask);
  const startRead = (signal: AbortSignal): ReadCall => {
    signal.throwIfAborted();
    const deadlineMs = clock.now() + settings.pollIntervalMs;
    return { signal, deadlineMs, halted: undefined, tookFreshToken: false };
  };
  return {
    readGroups: async (queries, signal, before) =>
      await readGroups(queries, startRead(signal), { ask, readNames, origin }, before),
    readServicePrincipals: async (ids, signal) => await readServicePrincipals(ids, startRead(signal), ask),
    readStandings: async (users, signal) => await readStandings(users, startRead(signal), ask),
    readAssignments: async (groupIds, signal) =>
      await readAssignments(groupIds, startRead(signal), { ask, origin, activations, clock }),
    clockSkewMs: skew.currentMs,
    readToken: (signal) => readToken(tokens, signal),
    readApplications: async (appIds, signal) =>
      await readApplications(appIds, startRead(signal), { ask, origin }),
  };
};
