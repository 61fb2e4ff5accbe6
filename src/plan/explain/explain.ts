// Why can or can't this person enter? The chain from Git to the shell for one policy, one account and one moment, and from
// it whether she may enter, and the one thing to do. Pure.
//
// Whether she enters is for AWS and Entra to say: the trust policy, the denies, her account. What stands before them in the
// chain is why they say so; what stands behind them is what entering is good for.

import { minuteOf } from '../../domain/moment.ts';
import type { EntryVerdict, Explanation, Link, LinkName } from '../../domain/explanation.ts';
import { assignmentLink } from './assignment-link.ts';
import { deniesLink, earlierSessionsLink } from './deny-links.ts';
import { admissionLink, trustLink } from './entry-links.ts';
import { permissionsLink, shellsLink } from './inside-links.ts';
import { groupLink, lockoutLink, standingLink, userLink } from './person-links.ts';
import { accountLink, federationLink, modeLink, policyLink } from './policy-links.ts';
import { type ExplainInput, type Scene, type Wish, sceneOf } from './scene.ts';

const chain: readonly ((scene: Scene) => Link)[] = [
  policyLink,
  modeLink,
  accountLink,
  federationLink,
  groupLink,
  userLink,
  assignmentLink,
  standingLink,
  lockoutLink,
  admissionLink,
  trustLink,
  deniesLink,
  earlierSessionsLink,
  permissionsLink,
  shellsLink,
];

/** What lies behind the entry: it keeps nobody out. */
const inside: ReadonlySet<LinkName> = new Set<LinkName>(['earlierSessions', 'permissions', 'shells']);

/** Why AWS says what it says; what they say themselves becomes true with the next writes only. */
const causes: ReadonlySet<LinkName> = new Set<LinkName>([
  'policy',
  'mode',
  'account',
  'federation',
  'group',
  'assignment',
  'standing',
  'lockout',
]);

const stateOf = (links: readonly Link[], name: LinkName): Link['state'] | undefined =>
  links.find((link) => link.name === name)?.state;

const verdictOf = ({ entry, policy, isFuture }: Scene, links: readonly Link[]): EntryVerdict => {
  const user = stateOf(links, 'user');
  // Entra signs nobody in who is disabled, deleted or unknown to it.
  if (user === 'stops') return 'mayNotEnter';
  if (entry.decision === 'denied') {
    const before = links.filter(({ name }) => causes.has(name) || name === 'user');
    const isSure = !isFuture || before.some(({ state }) => state === 'stops');
    return isSure || !before.some(({ state }) => state === 'unknown') ? 'mayNotEnter' : 'unknown';
  }
  const denies = stateOf(links, 'denies');
  if (denies === 'stops') return 'mayNotEnter';
  const isAssignedElsewhere = policy.role.admission === 'appRole' && stateOf(links, 'group') !== 'ok';
  return [entry.decision, denies, user].includes('unknown') || isAssignedElsewhere ? 'unknown' : 'mayEnter';
};

/** The first link that keeps her out; one that could not be read comes before what only follows from it. */
const culprit = (links: readonly Link[]): Link | undefined => {
  const before = links.filter(({ name }) => !inside.has(name));
  const stopping = before.find(({ state }) => state === 'stops');
  const unread = before.find(({ state }) => state === 'unknown');
  const follows = stopping?.name === 'trust' || stopping?.name === 'denies';
  return unread !== undefined && (stopping === undefined || follows) ? unread : stopping;
};

interface Answer {
  readonly conclusion: string;
  readonly fix: string | undefined;
}

const whenText = ({ isFuture, atMs }: Scene): string =>
  isFuture ? `at ${minuteOf(atMs)}, by what is known now` : 'now';

const wishText: Readonly<Record<Wish['is'], string>> = {
  in: '',
  out: ', though the policy does not want her in',
  unknown: ', and whether the policy wants her in is not known',
};

/** Of somebody who may enter: why she still may, what could not be read, or what is wrong further inside. */
const whatMatters =
  ({ wish }: Scene) =>
  ({ name, state }: Link): boolean => {
    if (wish.is === 'out') return name === 'trust';
    if (wish.is === 'unknown') return causes.has(name) && state !== 'ok' && state !== 'info';
    return inside.has(name) && (state === 'stops' || state === 'unknown');
  };

const answerOf = (scene: Scene, links: readonly Link[], verdict: EntryVerdict): Answer => {
  const { who, policy, account } = scene;
  const where = `${policy.role.name} in ${account.meta.name}`;
  const when = whenText(scene);
  switch (verdict) {
    case 'mayEnter': {
      const { fix } = links.find(whatMatters(scene)) ?? { fix: undefined };
      return { conclusion: `${who} may enter ${where} ${when}${wishText[scene.wish.is]}`, fix };
    }
    case 'mayNotEnter': {
      const link = culprit(links);
      const why = link === undefined ? '' : `: ${link.sentence}`;
      return { conclusion: `${who} may not enter ${where} ${when}${why}`, fix: link?.fix };
    }
    case 'unknown': {
      const unread = links.filter(({ name, state }) => state === 'unknown' && !inside.has(name));
      return {
        conclusion: `whether ${who} may enter ${where} ${when} cannot be told: ${[...new Set(unread.map(({ sentence }) => sentence))].join('; ')}`,
        fix: unread[0]?.fix,
      };
    }
  }
};

export const explain = (input: ExplainInput): Explanation => {
  const scene = sceneOf(input);
  const links = chain.map((link) => link(scene));
  const verdict = verdictOf(scene, links);
  return {
    account: input.account.meta.name,
    accountId: input.account.accountId,
    policy: input.policy.meta.name,
    role: input.policy.role.name,
    who: scene.who,
    personId: input.found.id,
    atMs: input.atMs,
    nowMs: input.nowMs,
    membersReadAtMs: input.snapshot.readAtMs,
    links,
    verdict,
    ...answerOf(scene, links, verdict),
  };
};
