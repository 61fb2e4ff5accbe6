// What Graph lets be written on the application that signs people in to AWS. [entra.md §1a, §10.2, §11]

import { randomUUID } from 'node:crypto';
import type { GraphAnswer } from '../../entra/entra-side.ts';
import { listOf } from '../../entra/json.ts';
import { makeApplication, makeServicePrincipal, succeeded, tryToMake } from '../../entra/make.ts';
import {
  asExpected,
  type Context,
  differs,
  type Experiment,
  type Observed,
  untold,
} from '../../experiment.ts';
import { until } from '../../patience.ts';

const shown = ({ status, code, message }: GraphAnswer): string =>
  status < 300 ? `${status}` : `${status} ${code}: ${message}`;

const isOk = ({ status }: GraphAnswer): boolean => status >= 200 && status < 300;

const claimsPolicy = {
  ClaimsMappingPolicy: {
    Version: 1,
    IncludeBasicClaimSet: 'true',
    ClaimsSchema: [
      {
        Source: 'user',
        ID: 'objectid',
        SamlClaimType: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier',
        SAMLNameFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
      },
    ],
  },
};

const nameByObjectId = async (context: Context): Promise<Observed> => {
  const displayName = `${context.prefix}-claims`;
  const definition = [JSON.stringify(claimsPolicy)];
  const answer = await tryToMake(context, 'policies/claimsMappingPolicies', displayName, {
    definition,
    displayName,
    isOrganizationDefault: false,
  });
  if (answer.status === 401 || answer.status === 403) return untold(shown(answer));
  if (!isOk(answer)) return asExpected(shown(answer));
  return differs(`${shown(answer)}: Graph takes the policy; what Entra then sends, only a sign-in shows`);
};

const role = (value: string): object => ({
  allowedMemberTypes: ['User'],
  description: 'conformance',
  displayName: `conformance of ${value.length}`,
  id: randomUUID(),
  isEnabled: true,
  value,
});

/** As long as it is asked for: role and provider of an account, as Entra hands them to AWS. */
const roleValue = (length: number): string => {
  const provider = ',arn:aws:iam::111122223333:saml-provider/EntraID';
  const head = 'arn:aws:iam::111122223333:role/';
  return `${head}${'r'.repeat(length - head.length - provider.length)}${provider}`;
};

const lengths = [120, 121, 239, 240, 256];

const longRoleValue = async (context: Context): Promise<Observed> => {
  const { entra, patience } = context;
  const principal = await makeServicePrincipal(context, await makeApplication(context, 'roles'));
  const path = `/servicePrincipals/${principal.id}`;
  const patch = (length: number): Promise<GraphAnswer> =>
    entra.graph('PATCH', path, { body: { appRoles: [role(roleValue(length))] } });
  const first = await until(patience, () => patch(lengths[0] ?? 0), isOk, { limitMs: 60_000 });
  if (!first.isDone) return untold(`a value of 120 characters: ${shown(first.last)}`);
  const others: GraphAnswer[] = [];
  for (const length of lengths.slice(1)) {
    // A role that is enabled may not be replaced by another.
    await clearRoles(context, path);
    others.push(await patch(length));
  }
  const what = [first.last, ...others]
    .map((answer, index) => `${lengths[index]}: ${shown(answer)}`)
    .join(' | ');
  return others.some(isOk) ? differs(what) : asExpected(what);
};

/** Roles are taken away in two steps: disabled, then left out. */
const clearRoles = async ({ entra }: Context, path: string): Promise<void> => {
  const { body } = succeeded('reading the roles', await entra.graph('GET', `${path}?$select=appRoles`));
  const disabled = listOf(body, 'appRoles').map((one) => ({ ...Object(one), isEnabled: false }));
  if (disabled.length === 0) return;
  await entra.graph('PATCH', path, { body: { appRoles: disabled } });
  succeeded('taking the roles away', await entra.graph('PATCH', path, { body: { appRoles: [] } }));
};

const writeUnderLock = async (context: Context): Promise<Observed> => {
  const { entra, patience } = context;
  const application = await makeApplication(context, 'locked', {
    servicePrincipalLockConfiguration: { isEnabled: true, allProperties: true },
  });
  const principal = await makeServicePrincipal(context, application);
  const body = { appRoles: [role(roleValue(120))] };
  const patch = (): Promise<GraphAnswer> =>
    entra.graph('PATCH', `/servicePrincipals/${principal.id}`, { body });
  // Not known yet is no answer.
  const { last } = await until(patience, patch, ({ status }) => status !== 404, { limitMs: 60_000 });
  return isOk(last) ? asExpected(shown(last)) : differs(shown(last));
};

export const applications: readonly Experiment[] = [
  {
    name: 'object-id-as-name-id-by-policy',
    claim: 'a claims mapping policy cannot make the object id the NameID; the portal can',
    source: 'entra.md §11',
    matters: {
      file: 'src/policy/federation.ts',
      how: '`nameId: objectId` is what the README says to set up, in the portal',
    },
    needs: ['tenant'],
    expected: 'Graph refuses the policy',
    makes: 'a claims mapping policy, if it is taken; it is assigned to nothing',
    run: nameByObjectId,
  },
  {
    name: 'app-role-value-over-120',
    claim: 'Graph refuses app-role values of more than 120 characters',
    source: 'entra.md §10.2',
    matters: { file: 'src/policy/admission.ts', how: 'longer values are refused when policies are read' },
    needs: ['tenant'],
    expected: '120 is taken, more is refused',
    makes: 'an application and its service principal',
    run: longRoleValue,
  },
  {
    name: 'app-roles-under-lock',
    claim: 'app roles of a service principal can be written while its application’s property lock is on',
    source: 'entra.md §11',
    matters: {
      file: 'src/report/plan-text.ts',
      how: '`plan` prints app-role values for somebody to write; the controller writes none',
    },
    needs: ['tenant'],
    expected: 'taken',
    makes: 'an application and its service principal',
    run: writeUnderLock,
  },
];
