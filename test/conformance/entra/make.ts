// Making things in a tenant. Graph gives the ids, so a thing whose creation was not answered is looked for by its name, and
// what Graph keeps for thirty days after its deletion is deleted for good.

import type { Context } from '../experiment.ts';
import { foundBefore, type Making, surely } from '../making.ts';
import { until } from '../patience.ts';
import type { UndoStep } from '../undo.ts';
import type { AskGraph, GraphAnswer } from './entra-side.ts';
import { listOf, textOf } from './json.ts';

export type Kind =
  | 'groups'
  | 'users'
  | 'applications'
  | 'servicePrincipals'
  | 'policies/claimsMappingPolicies';

/** Deleted ones are kept for a while, and can be deleted for good. Policies are not kept. */
const isKept = (kind: Kind): boolean => kind !== 'policies/claimsMappingPolicies';

const graphUrl = 'https://graph.microsoft.com/v1.0';

const commandFor = (kind: Kind, id: string | undefined, name: string): string => {
  if (id !== undefined)
    return (
      `az rest --method DELETE --url ${graphUrl}/${kind}/${id}` +
      (isKept(kind) ? `; az rest --method DELETE --url ${graphUrl}/directory/deletedItems/${id}` : '')
    );
  return `az rest --method GET --url "${graphUrl}/${kind}?\\$filter=displayName eq '${name}'&\\$select=id" # then DELETE ${graphUrl}/${kind}/ID`;
};

const wrong = (what: string, { status, code, message }: GraphAnswer): Error =>
  new Error(`${what}: ${status} ${code}: ${message}`);

const isOk = ({ status }: GraphAnswer): boolean => status >= 200 && status < 300;

/** Throws unless it succeeded. */
export const succeeded = (what: string, answer: GraphAnswer): GraphAnswer => {
  if (isOk(answer)) return answer;
  throw wrong(what, answer);
};

export const idsNamed = async (graph: AskGraph, kind: Kind, name: string): Promise<readonly string[]> => {
  const filter = encodeURIComponent(`displayName eq '${name}'`);
  const answer = succeeded(
    `looking for ${name}`,
    await graph('GET', `/${kind}?$filter=${filter}&$select=id`),
  );
  return listOf(answer.body, 'value').map((one) => textOf(one, 'id'));
};

/** false: nothing of this id is kept. */
const purge = async (graph: AskGraph, id: string): Promise<boolean> => {
  const answer = await graph('DELETE', `/directory/deletedItems/${id}`);
  if (!isOk(answer) && answer.status !== 404) throw wrong('it is deleted, but not for good', answer);
  return isOk(answer);
};

/** Deletes it, for good where deleted things are kept; false: there is no such thing. */
const remove = async (graph: AskGraph, kind: Kind, id: string): Promise<boolean> => {
  const answer = await graph('DELETE', `/${kind}/${id}`);
  if (answer.status !== 404 && !isOk(answer)) throw wrong('not deleted', answer);
  // What is kept shows there only after a while, and some groups are not kept: asked again, this ends either way.
  return isKept(kind) ? await purge(graph, id) : isOk(answer);
};

export const foundUndo = (graph: AskGraph, kind: Kind, id: string, name: string): UndoStep => ({
  what: `${kind} ${name}`,
  command: commandFor(kind, id, name),
  run: surely(foundBefore, () => remove(graph, kind, id)),
});

interface MakingObject extends Making {
  id?: string;
}

const undoOf = (graph: AskGraph, kind: Kind, name: string, making: MakingObject): UndoStep => ({
  what: `${kind} ${name}`,
  get command() {
    return commandFor(kind, making.id, name);
  },
  run: surely(making, async () => {
    if (making.id === undefined) {
      const [id] = await idsNamed(graph, kind, name);
      if (id === undefined) throw new Error('whether it was made is not known: nothing is found by its name');
      making.id = id;
    }
    return await remove(graph, kind, making.id);
  }),
});

export interface Made {
  readonly id: string;
  readonly body: unknown;
}

/** The answer of the creation, whatever it was; its undoing is noted. */
export const tryToMake = async (
  { entra, undo }: Context,
  kind: Kind,
  name: string,
  body: object,
): Promise<GraphAnswer> => {
  const making: MakingObject = { progress: 'not asked' };
  undo.add(undoOf(entra.steadfast, kind, name, making));
  making.progress = 'not answered';
  const answer = await entra.graph('POST', `/${kind}`, { body });
  making.progress = isOk(answer) ? 'made' : 'refused';
  if (isOk(answer)) making.id = textOf(answer.body, 'id');
  return answer;
};

const make = async (context: Context, kind: Kind, name: string, body: object): Promise<Made> => {
  const answer = succeeded(`making ${kind} ${name}`, await tryToMake(context, kind, name, body));
  return { id: textOf(answer.body, 'id'), body: answer.body };
};

const nameOf = ({ prefix }: Context, label: string): string => `${prefix}-${label}`;
const description = 'Of a conformance run of Rolewarden; may be deleted.';

/** Waits until a replica that answers reads knows it. */
const known = async (context: Context, kind: Kind, made: Made): Promise<Made> => {
  const { patience, entra } = context;
  await until(patience, () => entra.graph('GET', `/${kind}/${made.id}?$select=id`), isOk);
  return made;
};

export const makeGroup = async (context: Context, label: string, more: object = {}): Promise<Made> => {
  const displayName = nameOf(context, label);
  const body = {
    displayName,
    description,
    mailEnabled: false,
    mailNickname: displayName,
    securityEnabled: true,
  };
  return await known(context, 'groups', await make(context, 'groups', displayName, { ...body, ...more }));
};

const domainOf = async ({ entra }: Context): Promise<string> => {
  const answer = succeeded('reading the domains', await entra.graph('GET', '/domains'));
  const domains = listOf(answer.body, 'value');
  const initial = domains.find((domain) => Reflect.get(Object(domain), 'isInitial') === true) ?? domains[0];
  return textOf(initial, 'id');
};

/** Cannot sign in: disabled, with a password that nobody knows. */
export const makeUser = async (context: Context, label: string): Promise<Made> => {
  const displayName = nameOf(context, label);
  const body = {
    displayName,
    accountEnabled: false,
    mailNickname: displayName,
    userPrincipalName: `${displayName}@${await domainOf(context)}`,
    passwordProfile: { password: `${crypto.randomUUID()}aA1!`, forceChangePasswordNextSignIn: true },
  };
  return await known(context, 'users', await make(context, 'users', displayName, body));
};

export interface MadeApplication extends Made {
  readonly appId: string;
}

export const makeApplication = async (
  context: Context,
  label: string,
  more: object = {},
): Promise<MadeApplication> => {
  const displayName = nameOf(context, label);
  const body = { displayName, signInAudience: 'AzureADMyOrg', tags: ['rolewarden-conformance'], ...more };
  const made = await known(context, 'applications', await make(context, 'applications', displayName, body));
  return { ...made, appId: textOf(made.body, 'appId') };
};

export const makeServicePrincipal = async (
  context: Context,
  application: MadeApplication,
  more: object = {},
): Promise<Made> => {
  const name = textOf(application.body, 'displayName');
  const { patience } = context;
  const body = { appId: application.appId, tags: ['rolewarden-conformance'], ...more };
  // The application may not have reached the replica that is asked.
  const asked = await until(patience, () => tryToMake(context, 'servicePrincipals', name, body), isOk, {
    limitMs: 60_000,
  });
  const answer = succeeded(`making a service principal of ${name}`, asked.last);
  return await known(context, 'servicePrincipals', { id: textOf(answer.body, 'id'), body: answer.body });
};

export const addMember = async (
  { entra, patience }: Context,
  groupId: string,
  memberId: string,
): Promise<void> => {
  const body = { '@odata.id': `${entra.graphEndpoint}/v1.0/directoryObjects/${memberId}` };
  const asked = await until(
    patience,
    () => entra.graph('POST', `/groups/${groupId}/members/$ref`, { body }),
    isOk,
    { limitMs: 60_000 },
  );
  succeeded(`adding ${memberId} to ${groupId}`, asked.last);
};
