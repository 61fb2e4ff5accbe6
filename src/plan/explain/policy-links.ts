// What stands in Git and in the account before anybody is looked at: the policy, its mode, the account, the federation.

import { minuteOf } from '../../domain/moment.ts';
import type { Link } from '../../domain/explanation.ts';
import { doubtOf } from '../../domain/verification.ts';
import { type Mode, weakestMode } from '../../domain/policy.ts';
import { info, listed, ok, placeOf, stops, unknown } from './link.ts';
import type { Scene } from './scene.ts';

const name = 'policy';

export const policyLink = ({ policy, policies, atMs, entry }: Scene): Link => {
  const place = placeOf(policy.meta.source);
  const label = `${policy.meta.name} (${place})`;
  const { expiresAtMs } = policy;
  if (expiresAtMs !== undefined && expiresAtMs <= atMs)
    return stops(
      name,
      `${label} ended at ${minuteOf(expiresAtMs)}`,
      `set a later expiresAt in ${place}, if the access is to go on`,
    );
  if (policy.suspend) {
    const sentence = `${label} says suspend: true, so that nothing changes but by a Lockout`;
    return entry.decision === 'allowed'
      ? info(name, sentence)
      : stops(name, sentence, `take suspend: true out of ${place}`);
  }
  const until = expiresAtMs === undefined ? '' : `; it ends at ${minuteOf(expiresAtMs)}`;
  const broken = policies.complete
    ? ''
    : '; some policy files are invalid, and nothing counts as removed until they are not';
  return ok(name, `${label} is in force${until}${broken}`);
};

interface Limit {
  readonly mode: Mode;
  readonly whose: string;
  readonly fix: string;
}

const limitsOf = ({ policy, account, config }: Scene): readonly Limit[] => [
  policy.mode === undefined
    ? {
        mode: config.defaultMode,
        whose: 'the defaultMode of the ControllerConfig',
        fix: `set mode: enforce in ${placeOf(policy.meta.source)}`,
      }
    : {
        mode: policy.mode,
        whose: 'the policy',
        fix: `set mode: enforce in ${placeOf(policy.meta.source)}`,
      },
  {
    mode: account.maxMode,
    whose: `the maxMode of the Account ${account.meta.name}`,
    fix: `raise maxMode in ${placeOf(account.meta.source)}`,
  },
  {
    mode: config.maxMode,
    whose: 'the maxMode of the ControllerConfig',
    fix: `raise maxMode in ${placeOf(config.meta.source)}`,
  },
];

const meaning: Readonly<Record<Mode, string>> = {
  observe: 'nothing is written',
  'narrow-only': 'only what takes access away is written',
  enforce: 'everything is written',
};

export const modeLink = (scene: Scene): Link => {
  const limits = limitsOf(scene);
  const mode = weakestMode(...limits.map((one) => one.mode));
  const weakest = limits.filter((one) => one.mode === mode);
  if (mode === 'enforce') return ok('mode', 'enforce');
  const sentence = `${mode}, by ${listed(weakest.map(({ whose }) => whose))}: ${meaning[mode]}`;
  return scene.entry.decision === 'allowed'
    ? info('mode', sentence)
    : stops('mode', sentence, weakest.map(({ fix }) => fix).join(', and '));
};

export const accountLink = ({ policy, account, planInput }: Scene): Link => {
  const label = `${account.meta.name} (${account.accountId})`;
  if (!policy.accounts.includes(account.meta.name))
    return stops(
      'account',
      `${label} is none of the policy's accounts: ${listed(policy.accounts)}`,
      `add ${account.meta.name} to spec.accounts in ${placeOf(policy.meta.source)}, or ask about ${listed(policy.accounts, 'or')}`,
    );
  if (planInput.state === 'present') return ok('account', `${label} is one of the policy's, and was read`);
  const why = planInput.state === 'unreadable' ? planInput.problem.message : 'it is not there';
  return unknown('account', `the roles of ${label} could not be read: ${why}`, why);
};

export const federationLink = (scene: Scene): Link => {
  const { policy, policies, saml, provider, observed, entry } = scene;
  const federation = policies.federations.find(({ meta }) => meta.name === policy.federation);
  if (federation === undefined)
    return unknown(
      'federation',
      `the Federation ${policy.federation} is not loaded: its file is invalid`,
      'correct the policy files; `rolewarden validate` lists what is wrong',
    );
  if (saml === undefined)
    return stops(
      'federation',
      `the Federation ${policy.federation} has no saml, and people sign in by SAML only`,
      `add saml to ${placeOf(federation.meta.source)}`,
    );
  const by = `people sign in by SAML, known by ${saml.nameId === 'objectId' ? 'object id' : 'user principal name'}`;
  const doubt = doubtOf(federation, ['saml']);
  if (doubt !== undefined) {
    const sentence = `${by}, and nothing is written: ${doubt.because}`;
    return entry.decision === 'allowed'
      ? info('federation', sentence)
      : stops('federation', sentence, doubt.advice);
  }
  if (observed === undefined) return info('federation', by);
  return observed.samlProviderArns.has(provider)
    ? ok('federation', `${by}, through ${saml.providerName}`)
    : stops(
        'federation',
        `the account has no SAML provider ${saml.providerName}`,
        `create the SAML provider ${provider} from Entra's federation metadata`,
      );
};
