// What valid YAML may still not contain: fields given twice, tags, aliases that lead nowhere or multiply, depth.
// The walk is ours because the parser's own check for repeated keys takes minutes on a hostile file.

import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type ParsedNode } from 'yaml';
import type { FieldPath } from './field-path.ts';
import type { RuleId } from './rules.ts';
import { quote } from './words.ts';

const maxDepth = 64;
/** Resolving an alias takes the parser time proportional to the document, and no policy needs this many. */
const maxAliases = 200;
const plainTags: ReadonlySet<string> = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

export interface NodeProblem {
  readonly rule: RuleId;
  readonly path: FieldPath;
  /** Offset in the file, in characters. */
  readonly offset: number;
  readonly message: string;
}

export interface Inspection {
  readonly problems: readonly NodeProblem[];
  /** True if the value can be taken out: no cycle, no alias without an anchor, no excess. */
  readonly convertible: boolean;
  readonly targets: ReadonlyMap<Alias, Node>;
}

interface Walk {
  readonly problems: NodeProblem[];
  readonly anchors: Map<string, Node>;
  readonly open: Set<Node>;
  readonly targets: Map<Alias, Node>;
  convertible: boolean;
}

export const inspectNodes = (root: ParsedNode | null): Inspection => {
  const walk: Walk = {
    problems: [],
    anchors: new Map(),
    open: new Set(),
    targets: new Map(),
    convertible: true,
  };
  if (root !== null) visit(walk, root, []);
  if (walk.targets.size > maxAliases) {
    stop(walk, 'aliasBomb', [], root, `there are more than ${maxAliases} aliases; write the values out`);
  }
  return walk;
};

const stop = (walk: Walk, rule: RuleId, path: FieldPath, node: Node | null, message: string): void => {
  walk.convertible = false;
  walk.problems.push({ rule, path, offset: node?.range?.[0] ?? 0, message });
};

const visit = (walk: Walk, node: Node, path: FieldPath): void => {
  if (isAlias(node)) {
    visitAlias(walk, node, path);
    return;
  }
  if (path.length > maxDepth) {
    const message = `this is nested more than ${maxDepth} levels deep; check the indentation`;
    if (walk.convertible) stop(walk, 'nestedTooDeep', path.slice(0, 1), node, message);
    return;
  }
  checkTag(walk, node, path);
  const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
  if (anchor !== undefined) walk.anchors.set(anchor, node);
  walk.open.add(node);
  visitChildren(walk, node, path);
  walk.open.delete(node);
};

const visitAlias = (walk: Walk, alias: Alias, path: FieldPath): void => {
  const target = walk.anchors.get(alias.source);
  const name = quote(`*${alias.source}`);
  if (target === undefined) {
    const message = `${name} is read as an alias, but no anchor &${alias.source} comes before it; put it in quotes if you mean the text`;
    stop(walk, 'yamlAlias', path, alias, message);
  } else if (walk.open.has(target)) {
    stop(
      walk,
      'yamlAlias',
      path,
      alias,
      `the alias ${name} stands inside its own anchor; write the value out`,
    );
  } else {
    walk.targets.set(alias, target);
  }
};

const checkTag = (walk: Walk, node: Node, path: FieldPath): void => {
  if (node.tag === undefined || plainTags.has(node.tag)) return;
  const name = node.tag.replace('tag:yaml.org,2002:', '!!');
  const message = `the YAML tag ${quote(name)} is not allowed; remove it, only plain values are read`;
  walk.problems.push({ rule: 'yamlTag', path, offset: node.range?.[0] ?? 0, message });
};

const visitChildren = (walk: Walk, node: Node, path: FieldPath): void => {
  if (isSeq<Node>(node)) {
    node.items.forEach((item, index) => visit(walk, item, [...path, index]));
  } else if (isMap<Node, Node | null>(node)) {
    const seen = new Set<string>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) && typeof key.value === 'string' ? key.value : undefined;
      if (name === undefined) {
        stop(walk, 'yamlSyntax', path, key, 'a field name must be plain text; put it in quotes');
        continue;
      }
      checkKey(walk, key, name, seen, path);
      if (value !== null) visit(walk, value, [...path, name]);
    }
  }
};

const checkKey = (walk: Walk, key: Node, name: string, seen: Set<string>, path: FieldPath): void => {
  const here = { path: [...path, name], offset: key.range?.[0] ?? 0 };
  if (seen.has(name)) {
    const message = `the field ${quote(name)} is given twice; keep one of the two`;
    walk.problems.push({ rule: 'yamlDuplicateKey', ...here, message });
  }
  seen.add(name);
  if (name === '<<') {
    const message = 'merge keys (<<) are not part of YAML 1.2; repeat the fields here';
    walk.problems.push({ rule: 'yamlMergeKey', ...here, message });
  }
  checkTag(walk, key, here.path);
};
