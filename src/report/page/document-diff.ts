// A document of a role as it stands beside what the policy wants, line by line, with the names of the people in it.

import { comparableLines, prettyLines } from '../document-lines.ts';
import { type DiffLine, diffLines, withContext } from '../line-diff.ts';
import type { RoleDocument } from '../role-documents.ts';
import { counted } from '../words.ts';
import { type Markup, type Part, markup } from './markup.ts';

/** One line of both sides; undefined: there is none on that side. */
interface Row {
  readonly left: string | undefined;
  readonly right: string | undefined;
  readonly isSame: boolean;
}

/** What is taken out stands beside what comes in its place. */
const rowsOf = (lines: readonly DiffLine[]): readonly Row[] => {
  const rows: Row[] = [];
  let cut: string[] = [];
  let added: string[] = [];
  const settle = (): void => {
    for (let index = 0; index < Math.max(cut.length, added.length); index += 1)
      rows.push({ left: cut[index], right: added[index], isSame: false });
    [cut, added] = [[], []];
  };
  for (const { sign, text } of lines) {
    if (sign === '-') {
      if (added.length > 0) settle();
      cut.push(text);
    } else if (sign === '+') added.push(text);
    else {
      settle();
      rows.push({ left: text, right: text, isSame: true });
    }
  }
  settle();
  return rows;
};

type Names = ReadonlyMap<string, string>;

/** What stands in a document is mostly an object id; who that is stands behind it. */
const withNames = (line: string, names: Names): Part => {
  const found = [...line.matchAll(/"([^"]+)"/g)].flatMap(([, text = '']) => {
    const name = names.get(text);
    return name === undefined || name === text ? [] : [name];
  });
  return [line, found.length > 0 && markup` <span class="who">${found.join(', ')}</span>`];
};

const cell = (text: string | undefined, kind: 'cut' | 'new' | 'same', names: Names): Markup => {
  if (text === undefined) return markup`<td class="none"></td>`;
  if (kind === 'same') return markup`<td>${withNames(text, names)}</td>`;
  return kind === 'cut'
    ? markup`<td class="cut"><span class="sign" aria-hidden="true">−</span><span class="unseen">only here: </span>${withNames(text, names)}</td>`
    : markup`<td class="new"><span class="sign" aria-hidden="true">+</span><span class="unseen">only here: </span>${withNames(text, names)}</td>`;
};

const row = ({ left, right, isSame }: Row, names: Names): Markup =>
  isSame
    ? markup`<tr class="same">${cell(left, 'same', names)}${cell(right, 'same', names)}</tr>
`
    : markup`<tr>${cell(left, 'cut', names)}${cell(right, 'new', names)}</tr>
`;

const contextLines = 3;

const whole = (lines: readonly string[], names: Names): Markup =>
  markup`<pre class="document" tabindex="0">${lines.map(
    (line) => markup`${withNames(line, names)}
`,
  )}</pre>`;

/** `key` sets it apart from all other documents of the page. */
export const documentDiff = (document: RoleDocument, key: string, names: Names): Markup => {
  const { name, standing, wanted, isSame } = document;
  if (isSame)
    return markup`<details id="${key}"><summary>The ${name} is as the policy wants it</summary>${whole(prettyLines(wanted), names)}</details>
`;
  const all = diffLines(comparableLines(standing), comparableLines(wanted));
  const [cut, added] = (['-', '+'] as const).map((sign) => all.filter((line) => line.sign === sign).length);
  const lines = withContext(all, contextLines);
  return markup`<h4 id="${key}">${name}: ${standing === undefined ? 'there is none yet' : wanted === undefined ? 'should not be there' : 'differs'}</h4>
<p class="soft">${counted(cut ?? 0, 'line')} would go, ${counted(added ?? 0, 'line')} would come; the order of statements and lists means nothing and is left out.</p>
<div class="scroll" role="region" aria-labelledby="${key}" tabindex="0"><table class="diff" aria-labelledby="${key}">
<thead><tr><th scope="col">As it stands in AWS</th><th scope="col">As the policy wants it</th></tr></thead>
<tbody>${rowsOf(lines).map((one) => row(one, names))}</tbody></table></div>
`;
};
