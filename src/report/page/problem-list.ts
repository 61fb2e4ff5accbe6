// Problems as the overview shows them: what, where, since when, and how it goes on.

import { counted } from '../words.ts';
import { type Markup, type Part, markup, sentence } from './markup.ts';
import { accountLink, command, lasting, policyLink, relative, some } from './parts.ts';
import type { Place, Problem, ProblemSection } from './problems.ts';

/** Where there are more, the table of policies is the better place to look. */
const maxProblems = 25;
const maxPlaces = 8;
const maxPeople = 8;

/** `payments in dev, prod`: each policy once, whatever the number of its accounts. */
const placesText = (where: readonly Place[]): Part => {
  const groups = new Map<string, [Place, ...Place[]]>();
  for (const place of where) {
    const key = `${place.kind} ${place.name}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [place]);
    else group.push(place);
  }
  return some(
    [...groups.values()].map((places) => placeText(places)),
    maxPlaces,
  );
};

const placeText = (places: readonly [Place, ...Place[]]): Part => {
  const [{ kind, name }] = places;
  if (kind === 'account') return accountLink(name);
  const accounts = places.flatMap(({ account }) => account ?? []);
  return [
    kind === 'policy' ? policyLink(name) : name,
    accounts.length > 0 && [
      ' in ',
      some(
        accounts.map((account) => (kind === 'policy' ? account : accountLink(account))),
        maxPlaces,
      ),
    ],
  ];
};

const howItGoesOn = ({ hold }: Problem, nowMs: number): Part => {
  if (hold === undefined) return undefined;
  if (hold.acknowledge !== null)
    return markup`<p class="next">If it is meant: ${command(`rolewarden ack ${hold.acknowledge}`)} prints what to commit.</p>`;
  switch (hold.nature) {
    case 'person':
      return markup`<p class="next">Goes on once that is done.</p>`;
    case 'waiting':
    case 'passing':
      return markup`<p class="next">Goes on by itself${hold.until !== null && markup`, ${relative(hold.until, nowMs)} at the earliest`}.</p>`;
    case 'chosen':
      return undefined;
  }
};

/** The command that ends a message stands below it, to be copied. */
const withoutCommand = ({ message, hold }: Problem): string =>
  hold?.acknowledge == null
    ? message
    : message.replace(/; if that is meant, `rolewarden ack [^`]*` prints what to commit$/, '');

const heldText = ({ hold }: Problem): Part =>
  hold !== undefined && [
    ` · ${counted(hold.changes, 'change')} held (${hold.kinds.join(', ')})`,
    hold.people.length > 0 && [' of ', some(hold.people, maxPeople)],
  ];

const problemItem = (problem: Problem, nowMs: number): Markup => {
  const { look, reason, since, where } = problem;
  return markup`<li class="problem ${look}">
<p class="what"><strong class="${look}">${reason}</strong> ${placesText(where)}<span class="soft">${since !== null && markup` · ${lasting(since, nowMs)}`}${heldText(problem)}</span></p>
<p>${sentence(withoutCommand(problem))}</p>
${howItGoesOn(problem, nowMs)}</li>
`;
};

export const problemList = (problems: readonly Problem[], nowMs: number): Markup =>
  markup`<ul class="problems">${problems.slice(0, maxProblems).map((one) => problemItem(one, nowMs))}</ul>
${problems.length > maxProblems && markup`<p class="soft">… and ${problems.length - maxProblems} more; the table of policies can be narrowed down to them.</p>`}`;

/** Each section under a heading of its own; what somebody chose is folded. */
export const problemSections = (sections: readonly ProblemSection[], nowMs: number): readonly Markup[] =>
  sections.map(({ title, problems, asks }) =>
    asks === 'chosen'
      ? markup`<details><summary><h3>${title} <span class="count">${problems.length}</span></h3></summary>${problemList(problems, nowMs)}</details>`
      : markup`<h3>${title} <span class="count">${problems.length}</span></h3>${problemList(problems, nowMs)}`,
  );
