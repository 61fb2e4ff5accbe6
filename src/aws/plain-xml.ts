// Reads the plain XML that IAM writes, by the shape of what is wanted: elements and text, without attributes, comments or
// CDATA. Anything else is not plain, and then the whole text is left to a real XML reader.

export type Shape =
  | 'text'
  | 'number'
  /** What AWS calls a list: each item in an element `member`. */
  | { readonly list: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> };

export type Value = string | number | Value[] | { [field: string]: Value };

interface Position {
  readonly xml: string;
  at: number;
}

const notPlain = new Error('not plain XML');

const slash = '/'.charCodeAt(0);

const tagName = /^[A-Za-z][\w.-]*$/;
const knownNames = new Set<string>();

/** Names are few and come again and again. */
const checkName = (name: string): string => {
  if (knownNames.has(name)) return name;
  if (!tagName.test(name)) throw notPlain;
  if (knownNames.size < 1_000) knownNames.add(name);
  return name;
};

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const decodeEntity = (_: string, entity: string, end: string): string => {
  if (end === '') throw notPlain;
  const code = /^#(?:x([\da-f]{1,6})|(\d{1,7}))$/i.exec(entity);
  if (code !== null) {
    const point = code[1] === undefined ? Number(code[2]) : Number.parseInt(code[1], 16);
    if (point > 0xff_ff) throw notPlain;
    return String.fromCharCode(point);
  }
  const text = Object.hasOwn(entities, entity) ? entities[entity] : undefined;
  if (text === undefined) throw notPlain;
  return text;
};

/** A part of a string keeps the whole alive, and a page is a thousand times as long as a name in it. */
const apart = (text: string): string =>
  text.length < 13 ? text : Buffer.from(text, 'utf8').toString('utf8');

const textOf = (raw: string): string => {
  if (raw.includes('\n') && raw.trim() === '') return '';
  return raw.includes('&') ? raw.replaceAll(/&([^;&]{0,12})(;?)/g, decodeEntity) : apart(raw);
};

const emptyOf = (shape: Shape): Value => {
  if (shape === 'number') throw notPlain;
  return shape === 'text' ? '' : 'list' in shape ? [] : {};
};

const numberOf = (raw: string): number => {
  if (!/^-?\d{1,15}$/.test(raw)) throw notPlain;
  return Number(raw);
};

/** From behind an opening tag to behind its closing tag; undefined for a shape that nobody wants. */
const readContent = (position: Position, name: string, shape: Shape | undefined): Value | undefined => {
  const { xml } = position;
  const isLeaf = shape === 'text' || shape === 'number';
  const items: Value[] = [];
  const fields: Record<string, Value> = {};
  for (;;) {
    const start = position.at;
    const tag = xml.indexOf('<', start);
    const end = xml.indexOf('>', tag);
    if (tag === -1 || end === -1) throw notPlain;
    position.at = end + 1;
    if (xml.charCodeAt(tag + 1) === slash) {
      if (end - tag !== name.length + 2 || !xml.startsWith(name, tag + 2)) throw notPlain;
      if (shape === undefined) return undefined;
      if (shape === 'text') return textOf(xml.slice(start, tag));
      if (shape === 'number') return numberOf(xml.slice(start, tag));
      if (xml.slice(start, tag).trim() !== '') throw notPlain;
      return 'list' in shape ? items : fields;
    }
    // Text beside elements, and an element inside of a text.
    if (isLeaf || (start !== tag && xml.slice(start, tag).trim() !== '')) throw notPlain;
    const isEmpty = xml.charCodeAt(end - 1) === slash;
    const child = checkName(xml.slice(tag + 1, isEmpty ? end - 1 : end));
    const childShape = shapeOf(shape, child);
    const value = isEmpty
      ? childShape === undefined
        ? undefined
        : emptyOf(childShape)
      : readContent(position, child, childShape);
    if (value === undefined || shape === undefined) continue;
    if (isLeaf) throw notPlain;
    if ('list' in shape) items.push(value);
    else if (Object.hasOwn(fields, child)) throw notPlain;
    else fields[child] = value;
  }
};

const shapeOf = (shape: Shape | undefined, child: string): Shape | undefined => {
  if (shape === undefined || typeof shape === 'string') return undefined;
  if ('fields' in shape) return Object.hasOwn(shape.fields, child) ? shape.fields[child] : undefined;
  if (child !== 'member') throw notPlain;
  return shape.list;
};

export interface Taken {
  readonly value: Value;
  /** The text with the element left empty. */
  readonly rest: string;
}

/** Takes the one element `name` out of `xml`; undefined when it is not there just once, or not in plain XML. */
export const takeElement = (xml: string, name: string, shape: Shape): Taken | undefined => {
  const opening = `<${name}>`;
  const start = xml.indexOf(opening);
  if (start === -1 || xml.includes('\r') || xml.includes('<!')) return undefined;
  const position = { xml, at: start + opening.length };
  try {
    const value = readContent(position, name, shape);
    if (value === undefined || xml.includes(opening, position.at)) return undefined;
    return { value, rest: `${xml.slice(0, start)}<${name}/>${xml.slice(position.at)}` };
  } catch (error) {
    if (error === notPlain) return undefined;
    throw error;
  }
};
