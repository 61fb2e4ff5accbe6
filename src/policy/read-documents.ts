// A file to its YAML documents. A syntax error makes the whole file unusable, because nobody can say where the damage
// ends; anything else only the document that it stands in. Documents of an unusable file that are whole by themselves are
// given apart, for the one kind that must not be lost.

import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node } from 'yaml';
import { parseAllDocuments } from 'yaml';
import type { Problem } from '../domain/policy.ts';
import { partsOf } from './document-parts.ts';
import { decodeFile, type SourceFile } from './decode-file.ts';
import type { FieldPath } from './field-path.ts';
import { inspectNodes } from './inspect-nodes.ts';
import { type Finding, fileProblem, finding, type Place, type SourceDocument } from './source-document.ts';
import { syntaxSentence } from './yaml-sentences.ts';

export interface ReadFile {
  readonly documents: readonly SourceDocument[];
  /** About one of the documents. */
  readonly findings: readonly Finding[];
  /** About the file; if there are any, there are no documents. */
  readonly problems: readonly Problem[];
  /** If there are problems: Lockouts, and perhaps other documents, that would be valid YAML without the rest of the file. */
  readonly intact: readonly SourceDocument[];
}

/** Beyond these the parser is only guessing. */
const shownSyntaxErrors = 5;
const maxAliasCount = 100;

export const readDocuments = (file: SourceFile): ReadFile => {
  const decoded = decodeFile(file);
  if (decoded.problem !== undefined) return unusable(file.path, decoded.damagedText, [decoded.problem]);
  const { text } = decoded;
  const lines = new LineCounter();
  const parsed = parse(text, lines);
  if (parsed === undefined) return unusable(file.path, text, [nestedTooDeep(file.path)]);
  const problems = syntaxProblems(file.path, text, parsed, lines);
  if (problems.length > 0) return unusable(file.path, text, problems);
  const read = parsed.map((document) => readDocument(file.path, document, placesIn(lines)));
  return {
    documents: read.flatMap(({ document }) => (document === undefined ? [] : [document])),
    findings: read.flatMap(({ findings }) => findings),
    problems: [],
    intact: [],
  };
};

const unusable = (path: string, text: string | undefined, problems: readonly Problem[]): ReadFile => ({
  documents: [],
  findings: [],
  problems,
  intact: intactDocuments(path, text ?? ''),
});

/** Parts that can hold no Lockout are not even parsed, because nobody asks for other kinds. */
const intactDocuments = (path: string, text: string): readonly SourceDocument[] =>
  partsOf(text)
    .filter((part) => part.text.includes('Lockout') && !part.text.includes('\uFFFD'))
    .flatMap((part) => {
      const lines = new LineCounter();
      const whole = (parse(part.text, lines) ?? []).filter(({ errors }) => errors.length === 0);
      const read = whole.map((document) => readDocument(path, document, placesIn(lines, part.linesBefore)));
      return read.flatMap(({ document, findings }) =>
        document === undefined || findings.length > 0 ? [] : [document],
      );
    });

type YamlDocument = Document.Parsed;

/** undefined: nested so deep that the parser ran out of stack. */
const parse = (text: string, lines: LineCounter): readonly YamlDocument[] | undefined => {
  try {
    // Repeated keys are looked for in inspect-nodes.ts.
    return [
      ...parseAllDocuments(text, {
        lineCounter: lines,
        prettyErrors: false,
        stringKeys: true,
        uniqueKeys: false,
        logLevel: 'silent',
      }),
    ];
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

const nestedTooDeep = (path: string, place?: Place): Problem =>
  fileProblem(
    path,
    'nestedTooDeep',
    'the file is nested too deep to be read; check the indentation and the brackets',
    place,
  );

const syntaxProblems = (
  path: string,
  text: string,
  documents: readonly YamlDocument[],
  lines: LineCounter,
): readonly Problem[] => {
  const errors = documents.flatMap((document) => document.errors);
  const exhausted = errors.find((error) => error.code === 'RESOURCE_EXHAUSTION');
  if (exhausted !== undefined) return [nestedTooDeep(path, placeAt(lines, exhausted.pos[0]))];
  // A tab shifts everything after it, so the rest would only be noise.
  const tabs = errors.filter((error) => error.code === 'TAB_AS_INDENT');
  const problems = new Map<number, Problem>();
  for (const error of tabs.length > 0 ? tabs : errors) {
    const place = placeAt(lines, error.pos[0]);
    if (problems.has(place.line) || problems.size === shownSyntaxErrors) continue;
    problems.set(place.line, fileProblem(path, 'yamlSyntax', syntaxSentence(error, text), place));
  }
  const oldVersion = documents.find((document) => document.directives.yaml.version === '1.1');
  if (oldVersion !== undefined && problems.size === 0) {
    return [fileProblem(path, 'yamlSyntax', 'the file asks for YAML 1.1; remove the line %YAML 1.1')];
  }
  return [...problems.values()];
};

type PlaceAt = (offset: number) => Place;

const placesIn =
  (lines: LineCounter, linesBefore = 0): PlaceAt =>
  (offset) => {
    const { line, column } = placeAt(lines, offset);
    return { line: line + linesBefore, column };
  };

const placeAt = (lines: LineCounter, offset: number): Place => {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
};

interface ReadDocument {
  readonly document: SourceDocument | undefined;
  readonly findings: readonly Finding[];
}

const readDocument = (file: string, yaml: YamlDocument, at: PlaceAt): ReadDocument => {
  const inspection = inspectNodes(yaml.contents);
  const resolve = (node: Node | null | undefined) => followAlias(node, inspection.targets);
  const base = {
    file,
    placeOf: (path: FieldPath, part: 'key' | 'value' = 'value') =>
      at(offsetOf(yaml.contents, path, part, resolve)),
    textOf: (path: FieldPath) => {
      const node = nodeAt(yaml.contents, path, resolve);
      return isScalar(node) ? node.source : undefined;
    },
  };
  const converted = inspection.convertible ? convert(yaml) : { value: undefined };
  if (isEmpty(yaml, converted.value)) return { document: undefined, findings: [] };
  const document: SourceDocument = { ...base, value: converted.value };
  const findings = inspection.problems.map(({ rule, path, offset, message }) =>
    finding(document, rule, path, message, { place: at(offset) }),
  );
  if (converted.problem !== undefined) {
    findings.push(finding(document, 'aliasBomb', [], converted.problem));
  }
  return { document, findings };
};

/** Only comments, or nothing between two `---`. */
const isEmpty = (yaml: YamlDocument, value: unknown): boolean =>
  yaml.contents === null || (value === null && isScalar(yaml.contents) && yaml.contents.source === '');

const convert = (yaml: YamlDocument): { value: unknown; problem?: string } => {
  try {
    return { value: yaml.toJS({ maxAliasCount }) };
  } catch {
    // Cycles and aliases that lead nowhere were found before, so this is the parser refusing to multiply.
    return { value: undefined, problem: 'the aliases multiply into too much; write the values out' };
  }
};

type Resolve = (node: Node | null | undefined) => Node | null | undefined;

const followAlias = (node: Node | null | undefined, targets: ReadonlyMap<Alias, Node>) =>
  isAlias(node) ? targets.get(node) : node;

const pairAt = (parent: Node | null | undefined, step: string | number) =>
  isMap<Node, Node | null>(parent)
    ? parent.items.find(({ key }) => isScalar(key) && key.value === String(step))
    : undefined;

const childAt = (parent: Node | null | undefined, step: string | number): Node | null | undefined => {
  if (isSeq<Node>(parent)) return typeof step === 'number' ? parent.items[step] : undefined;
  return pairAt(parent, step)?.value;
};

const nodeAt = (root: Node | null, path: FieldPath, resolve: Resolve): Node | null | undefined =>
  path.reduce<Node | null | undefined>((node, step) => childAt(resolve(node), step), root);

const startOf = (node: Node | null | undefined): number | undefined => node?.range?.[0];

/** Where the deepest existing part of the path begins. */
const offsetOf = (root: Node | null, path: FieldPath, part: 'key' | 'value', resolve: Resolve): number => {
  let offset = startOf(root) ?? 0;
  let node: Node | null | undefined = root;
  for (const [index, step] of path.entries()) {
    const parent = resolve(node);
    const key = startOf(pairAt(parent, step)?.key);
    node = childAt(parent, step);
    const wanted = part === 'key' && index === path.length - 1 ? key : undefined;
    const found = wanted ?? startOf(node) ?? key;
    if (found === undefined) return offset;
    offset = found;
  }
  return offset;
};
