// Doctor's look at Entra, by the real adapter: everything that these policies make the controller read, and the applications
// by which people sign in.

import type { EntraReadings } from '../doctor/check-entra.ts';
import { entraNeeds } from '../doctor/needs.ts';
import { toAppError } from '../domain/errors.ts';
import type { EnterpriseApplication, EntraExaminer } from '../domain/examination.ts';
import type { PolicySet } from '../domain/policy.ts';
import type { DirectoryPort } from '../domain/ports.ts';
import { type Reading, unreadable } from '../domain/reading.ts';
import type { Surroundings } from './surroundings.ts';
import { openDirectory } from './wiring.ts';

/** Nobody has it, so that users are asked for first and deleted users after that. */
const nobody = '00000000-0000-4000-8000-000000000000';

export interface EntraLook {
  readonly readings: EntraReadings;
  readonly applications: ReadonlyMap<string, Reading<EnterpriseApplication>>;
}

const nothingOfEntra = (token: EntraReadings['token']): EntraLook => ({
  readings: {
    token,
    groups: new Map(),
    servicePrincipals: new Map(),
    assignments: new Map(),
    standing: undefined,
    skewMs: undefined,
  },
  applications: new Map(),
});

const readEntra = async (
  directory: DirectoryPort & EntraExaminer,
  policies: PolicySet,
  signal: AbortSignal,
): Promise<EntraLook> => {
  const token = await directory.readToken(signal);
  if (token.state === 'unreadable') return nothingOfEntra(token);
  const needs = entraNeeds(policies);
  const pim = needs.groups.filter((one) => one.pim).map(({ id }) => id);
  const appIds = policies.federations.flatMap(({ saml }) => saml?.applicationId ?? []);
  const [groups, servicePrincipals, assignments, standings, applications] = await Promise.all([
    directory.readGroups(
      needs.groups.map(({ query }) => query),
      signal,
    ),
    directory.readServicePrincipals(
      needs.servicePrincipals.map(({ id }) => id),
      signal,
    ),
    directory.readAssignments(pim, signal),
    directory.readStandings([nobody], signal),
    directory.readApplications(appIds, signal),
  ]);
  const skewMs = directory.clockSkewMs();
  return {
    readings: { token, groups, servicePrincipals, assignments, standing: standings.get(nobody), skewMs },
    applications,
  };
};

export const lookAtEntra = async (
  { config, terminal, signal }: Surroundings,
  policies: PolicySet,
): Promise<EntraLook> => {
  try {
    return await readEntra(openDirectory(config, terminal), policies, signal);
  } catch (error) {
    signal.throwIfAborted();
    return nothingOfEntra(unreadable(toAppError(error, 'asking Entra')));
  }
};
