// How reports count.

/** 10240 → `10,240`. */
export const thousands = (amount: number): string => String(amount).replace(/\B(?=(\d{3})+$)/g, ',');

/** `1 file`, `2 files`; an irregular plural is given. */
export const counted = (amount: number, noun: string, plural = `${noun}s`): string =>
  `${thousands(amount)} ${amount === 1 ? noun : plural}`;

/** `3 policies and 2 bindings for 1 account, 1 lockout`; bindings and lockouts only where there are any. */
export const countedPolicies = (counts: {
  readonly policies: number;
  readonly bindings: number;
  readonly lockouts?: number;
  readonly accounts: number;
}): string => {
  const bindings = counts.bindings === 0 ? '' : ` and ${counted(counts.bindings, 'binding')}`;
  const { lockouts = 0 } = counts;
  const also = lockouts === 0 ? '' : `, ${counted(lockouts, 'lockout')} in force`;
  return `${counted(counts.policies, 'policy', 'policies')}${bindings} for ${counted(counts.accounts, 'account')}${also}`;
};

/** `3s`, `12m`, `5h`, `3d`: the largest unit of a time, for people who want to know how long about. */
export const roughly = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
};

/** `6 days`, `5 hours`, `12 minutes`: the same as `roughly`, in a sentence. */
export const spelled = (ms: number): string => {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 120) return counted(minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? counted(hours, 'hour') : counted(Math.floor(hours / 24), 'day');
};

/** Names that fit on a line. */
const maxNames = 10;

/** Names in a sentence; of very many, the first, and how many more. */
export const someOf = (labels: readonly string[]): string =>
  labels.length <= maxNames
    ? labels.join(', ')
    : `${labels.slice(0, maxNames).join(', ')} and ${labels.length - maxNames} more`;
