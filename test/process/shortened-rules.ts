// The alert rules with their times shortened, so that an incident of minutes and hours fits into a test: `for` and every range
// become seconds, and the times that rules compare with are replaced one by one. What is asked for stays what it is.

import type { Rule, RuleFile } from '../manifests/manifests.ts';

const waits = '2s';
/** Ten scrapes. */
export const shortRange = '10s';

/**
 * Entra is polled every 5 s, policies are looked at every second, an account is swept every 2 s, and `safety.maxStaleness` is
 * an hour.
 */
const times: Readonly<Record<string, readonly (readonly [long: string, short: string])[]>> = {
  RolewardenSweepsLate: [['> 900', '> 5']],
  'RolewardenEntraStale warning': [['> 600', '> 12']],
  'RolewardenEntraStale critical': [['0.5 *', '0.004 *']],
  RolewardenEntraPartlyUnreadable: [['> 600', '> 12']],
  RolewardenPoliciesStale: [['> 600', '> 5']],
  RolewardenRevocationSlow: [['> 300', '> 5']],
  RolewardenBreakGlassChanged: [['< 900', '< 10']],
  RolewardenBreakGlassUsed: [['< 86400', '< 10']],
  RolewardenDriftLasts: [['> 3600', '> 4']],
};

const replaced = (text: string, [long, short]: readonly [string, string]): string => {
  if (text.split(long).length !== 2) throw new Error(`"${long}" does not stand in the rule once: ${text}`);
  return text.replace(long, short);
};

const shortenedRule = (rule: Rule): Rule => {
  const own = times[rule.alert] ?? times[`${rule.alert} ${rule.labels['severity']}`] ?? [];
  const expr = own.reduce(replaced, rule.expr).replaceAll(/\[\d+[mhd]\]/g, `[${shortRange}]`);
  return { ...rule, expr, ...(rule.for === undefined ? {} : { for: waits }) };
};

export const shortened = ({ groups }: RuleFile): RuleFile => ({
  groups: groups.map((group) => ({ ...group, rules: group.rules.map(shortenedRule) })),
});
