// What Entra and Git say of the person: her groups, her account, and whether she is kept out.

import { minuteOf } from '../../domain/moment.ts';
import type { Link } from '../../domain/explanation.ts';
import { info, listed, ok, placeOf, stops, unknown } from './link.ts';
import { isGone, standingOf } from './look-up.ts';
import type { Scene } from './scene.ts';
import { type WayIn, hasEnded, isMember } from './ways-in.ts';

const membership = (way: WayIn): string => {
  const group = way.isBreakGlass ? `the break-glass group ${way.label}` : way.label;
  if (!way.isListed) return `a member of ${group} from the start of her assignment on`;
  if (way.isDirect === true) return `a direct member of ${group}`;
  return way.isDirect === false
    ? `a member of ${group} through a group inside it`
    : `a member of ${group}, directly or through a group inside it`;
};

const unreadText = ({ label, reading }: WayIn): string =>
  reading === undefined
    ? `${label} has not been read yet`
    : reading.state === 'unreadable'
      ? `${label} could not be read: ${reading.problem.message}`
      : '';

const howToJoin = ({ subject, label, isInside }: WayIn): string => {
  const group = `${label} (${subject.id})`;
  if (isInside)
    return `add her to ${group} itself, or set nested: true in ${placeOf(subject.source)}: she is in a group inside it, which does not count`;
  return subject.pim
    ? `have her activate her assignment to ${group} in Privileged Identity Management`
    : `add her to ${group} in Entra`;
};

const notMember = (scene: Scene): Link => {
  const { ways, policy, atMs } = scene;
  const unread = ways.map(unreadText).filter((text) => text !== '');
  if (unread.length > 0)
    return unknown('group', `whether she is a member is not known: ${listed(unread)}`, unread[0]);
  if (policy.role.admission === 'appRole')
    return unknown(
      'group',
      'she is in no group of the policy; but with admission: appRole the trust policy names nobody, and whoever Entra assigns the app role may enter, which is not read here',
      'look in the enterprise application in Entra whether the app role is assigned to her',
    );
  if (ways.length === 0)
    return stops(
      'group',
      'the policy admits no groups',
      `add a group of hers to subjects.groups in ${placeOf(policy.meta.source)}`,
    );
  const waiting = ways.find((way) => way.isAssigned);
  if (waiting !== undefined)
    return stops(
      'group',
      `her assignment to ${waiting.label} is active, and the group does not list her yet; reads of groups lag by minutes`,
      'wait some minutes, and ask again',
    );
  const open = ways.filter((way) => way.reading?.state === 'present' && !hasEnded(way, atMs));
  const inside = open.find((way) => way.isInside);
  const missing = ways.filter((way) => way.reading?.state === 'absent').map(({ label }) => label);
  const gone = missing.length === 0 ? '' : `; ${listed(missing)} is not in the directory`;
  const chosen = inside === undefined ? open.filter((way) => !way.isBreakGlass) : [inside];
  return stops(
    'group',
    open.length === 0
      ? `no group of the policy is open to her${gone}`
      : `she is in no group of the policy: ${listed(
          open.map(({ label }) => label),
          'or',
        )} would do${gone}`,
    chosen.length === 0
      ? `add a group of hers to subjects.groups in ${placeOf(policy.meta.source)}`
      : chosen.map(howToJoin).join(', or '),
  );
};

export const groupLink = (scene: Scene): Link => {
  const { ways, atMs, isFuture } = scene;
  if (isGone(scene)) return info('group', 'who is not in the directory is in no group');
  const members = ways.filter((way) => isMember(way, isFuture));
  if (members.length === 0) return notMember(scene);
  const open = members.filter((way) => !hasEnded(way, atMs));
  const [first] = members;
  if (open.length === 0 && first?.subject.expiresAtMs !== undefined)
    return stops(
      'group',
      `the access through ${first.label} ended at ${minuteOf(first.subject.expiresAtMs)} by the policy`,
      `set a later expiresAt in ${placeOf(first.subject.source)}, if it is to go on`,
    );
  return ok('group', `she is ${listed(open.map(membership))}`);
};

export const userLink = (scene: Scene): Link => {
  const { person, found, userStanding, who } = scene;
  const standing = standingOf(scene);
  if (found.person?.accountEnabled === true) return ok('user', 'the account is enabled in Entra');
  const disabled = stops(
    'user',
    'the account is disabled in Entra',
    'enable the account in Entra, if she is to come in',
  );
  if (found.person?.accountEnabled === false) return disabled;
  switch (standing) {
    case 'enabled':
      return ok('user', 'the account is enabled in Entra');
    case 'disabled':
      return disabled;
    case 'deleted':
      return stops(
        'user',
        'the user was deleted in Entra',
        'restore the user in Entra within 30 days, or create her anew: then she is another person, who joins the group anew',
      );
    case 'notFound':
      return stops(
        'user',
        person === undefined
          ? `Entra knows no user ${who}; a deleted one is found by object id only`
          : 'Entra knows no user with this object id, nor a deleted one',
        'correct --who; names are compared as a whole, and without regard to case',
      );
    case 'unknown':
    case undefined: {
      const why =
        userStanding?.state === 'unreadable'
          ? userStanding.problem.message
          : 'grant User.Read.All to the application';
      return unknown('user', `whether the account is enabled could not be read: ${why}`, why);
    }
  }
};

export const standingLink = ({ policy, ways, isFuture, atMs }: Scene): Link => {
  if (policy.standing === 'allowed') return ok('standing', 'access without an end is allowed');
  const members = ways.filter((way) => isMember(way, isFuture));
  const permanent = members.find((way) => way.path.kind === 'closed' && !hasEnded(way, atMs));
  if (permanent === undefined || members.some((way) => way.path.kind === 'open'))
    return ok('standing', 'access without an end is forbidden, and hers is not such');
  const { label, subject } = permanent;
  return stops(
    'standing',
    `she is a permanent member of ${label}, and the policy says standing: forbidden`,
    `make her membership of ${label} one with an end, by an activation in Privileged Identity Management${subject.pim ? '' : ' and pim: true in the policy'}; or give the subject an expiresAt`,
  );
};

export const lockoutLink = (scene: Scene): Link => {
  const { policies, found, person, atMs, planInput } = scene;
  const names = new Set(
    [person?.userPrincipalName, found.asked].flatMap((name) => name?.toLowerCase() ?? []),
  );
  const hers = policies.lockouts.filter(
    (one) =>
      (found.id !== undefined && one.person === found.id) ||
      (one.userPrincipalName !== undefined && names.has(one.userPrincipalName.toLowerCase())),
  );
  const [lockout] = hers.filter(({ untilMs }) => untilMs > atMs).sort((a, b) => b.untilMs - a.untilMs);
  if (lockout !== undefined) {
    const until = minuteOf(lockout.untilMs);
    const place = placeOf(lockout.meta.source);
    return stops(
      'lockout',
      `the Lockout ${lockout.meta.name} (${place}) keeps her out of everything until ${until}: ${lockout.reason}`,
      `it ends by itself at ${until}; whoever may lift it before takes it out of ${place}`,
    );
  }
  if (planInput.state === 'present' && !planInput.value.knowsLockouts)
    return unknown(
      'lockout',
      'a Lockout may stand in a policy file that could not be read',
      'correct the policy files; `rolewarden validate` lists what is wrong',
    );
  const unnamed = policies.lockouts.filter(
    (one) => one.untilMs > atMs && one.userPrincipalName === undefined && !scene.knownSubs.has(one.person),
  );
  if (found.id === undefined && unnamed.length > 0 && !isGone(scene))
    return unknown(
      'lockout',
      `the Lockout ${unnamed[0]?.meta.name ?? ''} names somebody by object id, and hers is not known`,
      'ask again with her object id',
    );
  const [past] = hers;
  return past === undefined
    ? ok('lockout', 'no Lockout names her')
    : ok('lockout', `the Lockout ${past.meta.name} ended at ${minuteOf(past.untilMs)}`);
};
