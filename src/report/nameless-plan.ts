// A plan that names no people: everything in it that people read says `(a person)`. For places that more may read than may know
// who is in which group, such as a repository. What it says of groups, roles and policies stays.

import { type Change, subjectOf } from '../domain/change.ts';
import { type Admitted, type HeldChange, type Plan, type PlannedRole } from '../domain/plan.ts';
import { sortedUnique } from '../domain/statement.ts';
import { withoutPeople } from './people-free.ts';
import { counted } from './words.ts';

/** As `withoutPeople` writes it. */
const somebody = '(a person)';

/** Object ids of groups stay: policies name them, too. */
const objectId = /(group (?:"[^"]*" \()?)?\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi;

type Blot = (text: string) => string;

const detailSubs = ({ detail }: Change): readonly string[] =>
  detail.kind === 'tightenDenies' || detail.kind === 'liftDenies'
    ? detail.edits.flatMap((edit) => ('sub' in edit ? [edit.sub] : []))
    : [];

const changesOf = ({ apply, held }: PlannedRole): readonly Change[] => [
  ...apply,
  ...held.map(({ change }) => change),
];

const isPerson = ({ person }: Admitted): boolean => person !== undefined;

/** As trust policies know people: everybody but workloads that the policy names. */
const subsOf = (role: PlannedRole): readonly string[] => {
  const workloads = new Set(
    role
      .admitted()
      .filter((one) => !isPerson(one))
      .map(({ sub }) => sub),
  );
  return [
    ...role.admitted().map(({ sub }) => sub),
    ...role.names.keys(),
    ...changesOf(role).flatMap((change) => [subjectOf(change) ?? [], detailSubs(change)].flat()),
  ].filter((sub) => !workloads.has(sub));
};

/** Everything by which somebody is known in a role. */
const namesIn = (role: PlannedRole): readonly string[] => [
  ...subsOf(role),
  ...role.names.values(),
  ...role
    .admitted()
    .filter(isPerson)
    .flatMap(({ label, person }) => [
      label,
      person?.id ?? '',
      person?.userPrincipalName ?? '',
      person?.mail ?? '',
    ]),
];

/** The longest first, so that no part of a name stays behind. */
const blotOf = (plan: Plan): Blot => {
  const names = sortedUnique(plan.roles.flatMap(namesIn))
    .filter((name) => name.length > 1)
    .sort((a, b) => b.length - a.length);
  return (text) =>
    withoutPeople(names.reduce((left, name) => left.replaceAll(name, somebody), text)).replace(
      objectId,
      (found, group?: string) => (group === undefined ? somebody : found),
    );
};

const blottedChange = (change: Change, blot: Blot): Change => ({ ...change, why: blot(change.why) });

/** An annotation for Git names those whom it is good for. */
const annotation = /: rolewarden\/[\w-]+: ".*"$/s;

const blottedHold = ({ change, hold }: HeldChange, blot: Blot): HeldChange => {
  const message = annotation.test(hold.message)
    ? `${hold.message.replace(annotation, '')}; rolewarden ack prints it`
    : hold.message;
  return { change: blottedChange(change, blot), hold: { ...hold, message: blot(message) } };
};

/** What somebody wrote when she activated it says more than who she is. */
const blottedMember = (one: Admitted): Admitted =>
  isPerson(one) ? { ...one, label: somebody, activation: undefined } : one;

const blottedObject = <T extends Plan['roles'][number] | Plan['services'][number]>(
  planned: T,
  blot: Blot,
): T => ({
  ...planned,
  unknownBecause: planned.unknownBecause === undefined ? undefined : blot(planned.unknownBecause),
  apply: planned.apply.map((change) => blottedChange(change, blot)),
  held: planned.held.map((held) => blottedHold(held, blot)),
  warnings: planned.warnings.map(blot),
});

const blottedRole = (role: PlannedRole, blot: Blot): PlannedRole => ({
  ...blottedObject(role, blot),
  admitted: () => role.admitted().map(blottedMember),
  names: new Map(subsOf(role).map((sub) => [sub, somebody])),
});

/** Documents of the plan still hold ids: they are not to be shown. */
export const namelessPlan = (plan: Plan): Plan => {
  const blot = blotOf(plan);
  return {
    ...plan,
    roles: plan.roles.map((role) => blottedRole(role, blot)),
    services: plan.services.map((service) => blottedObject(service, blot)),
    execReadiness: plan.execReadiness.map((one) => ({
      ...one,
      messages: one.messages.map(blot),
      warnings: one.warnings.map(blot),
    })),
    sideDoors: plan.sideDoors.map((one) => ({ ...one, message: blot(one.message) })),
  };
};

const isNobodyInParticular = (label: string): boolean => label.startsWith(somebody);

/** Those whom nobody names as one: `3 people`. */
export const withoutRepetition = (labels: readonly string[]): readonly string[] => {
  const nameless = labels.filter(isNobodyInParticular).length;
  return nameless === 0
    ? labels
    : [counted(nameless, 'person', 'people'), ...labels.filter((label) => !isNobodyInParticular(label))];
};

interface Line {
  readonly what: string;
  readonly sign: string;
  readonly happens: string;
  readonly because: string;
}

/** Lines that say the same of people whom they do not name become one, with how many there are: `3 ×`. */
export const countedLines = <L extends Line>(lines: readonly L[]): readonly L[] => {
  const groups = new Map<string, { readonly line: L; readonly count: number }>();
  for (const [index, line] of lines.entries()) {
    const { sign, what, happens, because } = line;
    const key = isNobodyInParticular(what) ? JSON.stringify([sign, what, happens, because]) : `${index}`;
    groups.set(key, { line, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  return [...groups.values()].map(({ line, count }) =>
    isNobodyInParticular(line.what)
      ? { ...line, what: `${count} ×${line.what.slice(somebody.length)}` }
      : line,
  );
};
