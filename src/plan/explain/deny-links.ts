// What a session of hers would be denied: a new one, that begins at the moment asked about, and one from before.

import { minuteOf } from '../../domain/moment.ts';
import { mayAct } from '../../domain/access-evaluator.ts';
import { readDenies } from '../../domain/denies.ts';
import type { Link } from '../../domain/explanation.ts';
import { deniesOf, isOwnStatement } from '../../domain/permissions.ts';
import { isDenyPolicy } from '../../domain/role.ts';
import { type JsonObject, asList, renderDocument, sidOf } from '../../domain/statement.ts';
import { info, listed, ok, stops, unknown } from './link.ts';
import type { RoleDocuments } from './role-documents.ts';
import type { Scene } from './scene.ts';

/** Whoever can do nothing else can still ask who she is; what denies that denies everything. [STS GetCallerIdentity] */
const everything = { action: 'sts:GetCallerIdentity', resource: '*' };

const allowAll = renderDocument([{ Effect: 'Allow', Action: '*', Resource: '*' }]);

interface Probe {
  readonly action: string;
  readonly resource: string;
}

/** What the policy gives, a pair each; a pattern stands for all that it names. */
const probesOf = ({ desired }: Scene): readonly Probe[] =>
  (desired?.statements ?? [])
    .filter(({ Effect: effect }) => effect === 'Allow')
    .flatMap((statement) =>
      asList(statement['Action']).flatMap((action) =>
        asList(statement['Resource']).flatMap((resource) =>
          typeof action === 'string' && typeof resource === 'string' ? [{ action, resource }] : [],
        ),
      ),
    );

interface FoundDeny {
  readonly policyName: string;
  readonly statement: JsonObject;
}

/** Our own denies of ways around the grants are no surprise. */
const foundIn = (role: RoleDocuments): readonly FoundDeny[] =>
  role.inlinePolicies.flatMap(({ name: policyName, document }) =>
    (deniesOf(document) ?? [])
      .filter((statement) => isDenyPolicy(policyName) || !isOwnStatement(statement))
      .map((statement) => ({ policyName, statement })),
  );

const unreadPolicies = (role: RoleDocuments): readonly string[] =>
  role.inlinePolicies.filter(({ document }) => deniesOf(document) === undefined).map(({ name }) => name);

type Decision = 'allowed' | 'denied' | 'unknown';

const decide = (statement: JsonObject, probe: Probe, scene: Scene, issuedAtMs: number): Decision => {
  const sub = scene.sub ?? scene.found.asked;
  return mayAct(
    { policies: [allowAll, renderDocument([statement])], boundary: undefined },
    {
      ...probe,
      context: new Map([
        ['saml:sub', [sub]],
        // Not sent is no value, which is another thing than a value that is not known.
        ['aws:sourceidentity', scene.saml?.sendsSourceIdentity === true ? [sub] : []],
        ['aws:tokenissuetime', [new Date(issuedAtMs).toISOString()]],
      ]),
      atMs: scene.atMs,
      openWorld: true,
    },
  ).decision;
};

interface Judged {
  readonly denied: readonly FoundDeny[];
  /** Denies that take a part of what the policy gives, with the actions. */
  readonly partly: readonly (FoundDeny & { readonly actions: readonly string[] })[];
  readonly undecided: readonly FoundDeny[];
}

const judge = (scene: Scene, role: RoleDocuments, issuedAtMs: number): Judged => {
  const probes = probesOf(scene);
  const denied: FoundDeny[] = [];
  const partly: (FoundDeny & { readonly actions: readonly string[] })[] = [];
  const undecided: FoundDeny[] = [];
  for (const found of foundIn(role)) {
    const whole = decide(found.statement, everything, scene, issuedAtMs);
    if (whole === 'denied') {
      denied.push(found);
      continue;
    }
    const decisions = probes.map((probe) => ({
      action: probe.action,
      decision: decide(found.statement, probe, scene, issuedAtMs),
    }));
    const actions = decisions.filter(({ decision }) => decision === 'denied').map(({ action }) => action);
    if (actions.length > 0) partly.push({ ...found, actions: [...new Set(actions)] });
    else if (whole === 'unknown' || decisions.some(({ decision }) => decision === 'unknown'))
      undecided.push(found);
  }
  return { denied, partly, undecided };
};

const nameOf = ({ policyName, statement }: FoundDeny, { isFuture }: Scene): string => {
  const sid = sidOf(statement);
  // How our own denies will be numbered by then is nothing to look for now.
  if (isFuture && isDenyPolicy(policyName) && sid.startsWith('Rolewarden')) return policyName;
  return `${sid === '' ? 'a statement without Sid' : sid} in ${policyName}`;
};

/** How long our own deny of her lasts. */
const untilOf = ({ sub, atMs, isFuture }: Scene, role: RoleDocuments): string => {
  const document = role.inlinePolicies.find(({ name }) => isDenyPolicy(name))?.document;
  const read = readDenies(document);
  if (!read.ok) return '';
  const { outs, cutOffs, closingMs } = read.denies;
  const out = sub === undefined ? undefined : outs.get(sub);
  if (isFuture) return '';
  if (out !== undefined && out.untilMs > atMs) return ` until ${minuteOf(out.untilMs)}`;
  const fromMs = (sub === undefined ? undefined : cutOffs.get(sub)) ?? closingMs;
  return fromMs === undefined ? '' : `, since ${minuteOf(fromMs)}, when the access ended`;
};

const isOurs = ({ policyName, statement }: FoundDeny): boolean =>
  isDenyPolicy(policyName) && sidOf(statement).startsWith('Rolewarden');

const fixFor = (found: FoundDeny, scene: Scene): string => {
  if (!isOurs(found))
    return `a Deny that is not ours is never removed by Rolewarden: whoever put ${nameOf(found, scene)} there takes it out when the emergency is over`;
  const held = scene.planned?.held.find(({ change }) => change.detail.kind === 'liftDenies');
  if (held !== undefined) return held.hold.message;
  return scene.wish.is === 'in'
    ? 'let the controller run (`rolewarden run`): its next sweep takes her out of the deny'
    : 'the deny is taken back once the policy lets her in again';
};

/** AWS attaches it to identities in an emergency. [AWS managed policies] */
const denyAllPolicy = (role: RoleDocuments): string | undefined =>
  role.attachedPolicyArns.find((arn) => arn.endsWith(':aws:policy/AWSDenyAll'));

const when = ({ isFuture }: Scene): string => (isFuture ? 'then' : 'now');

export const deniesLink = (scene: Scene): Link => {
  const { role, atMs } = scene;
  if (role.state === 'absent') return info('denies', 'a role that does not exist denies nothing');
  if (role.state === 'unreadable') return unknown('denies', role.problem.message, role.problem.message);
  const { denied, partly, undecided } = judge(scene, role.value, atMs);
  const [first] = denied;
  if (first !== undefined)
    return stops(
      'denies',
      `a session of hers that begins ${when(scene)} is denied everything${isOurs(first) ? untilOf(scene, role.value) : ''}: ${listed(denied.map((one) => nameOf(one, scene)))}`,
      fixFor(first, scene),
    );
  const denyAll = denyAllPolicy(role.value);
  if (denyAll !== undefined)
    return stops(
      'denies',
      `everything is denied by the attached policy ${denyAll}`,
      `whoever attached ${denyAll} detaches it when the emergency is over`,
    );
  const unread = [...unreadPolicies(role.value), ...undecided.map((one) => nameOf(one, scene))];
  if (unread.length > 0)
    return unknown(
      'denies',
      `whether her session is denied cannot be told: ${listed(unread)} is not understood`,
      `look at ${listed(unread)} of the role by hand`,
    );
  return partly.length > 0
    ? info(
        'denies',
        partly.map((one) => `${nameOf(one, scene)} takes ${listed(one.actions)} away`).join('; '),
      )
    : ok('denies', `nothing denies a session of hers that begins ${when(scene)}`);
};

export const earlierSessionsLink = (scene: Scene): Link => {
  const { role, atMs, policy } = scene;
  const name = 'earlierSessions';
  if (role.state === 'absent') return info(name, 'there can be no session of a role that does not exist');
  if (role.state === 'unreadable')
    return info(name, 'what becomes of a session from before cannot be told either');
  // How long sessions of somebody else's role last is not looked at; AWS allows 12 hours.
  const maxSessionSeconds = policy.role.ownership === 'statements' ? 43_200 : policy.role.maxSessionSeconds;
  const { denied, undecided } = judge(scene, role.value, atMs - maxSessionSeconds * 1_000);
  if (denied.length > 0)
    return info(
      name,
      `a session that she began before is denied everything: ${listed(denied.map((one) => nameOf(one, scene)))}`,
    );
  if (undecided.length + unreadPolicies(role.value).length > 0)
    return info(name, 'whether a session that she began before is denied cannot be told');
  return info(
    name,
    `a session that she began before, if she did, goes on until it is ${sessionLength(maxSessionSeconds)} old`,
  );
};

const sessionLength = (seconds: number): string =>
  seconds % 3_600 === 0
    ? `${seconds / 3_600} ${seconds === 3_600 ? 'hour' : 'hours'}`
    : `${Math.round(seconds / 60)} minutes`;
