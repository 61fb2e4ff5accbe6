// XML as the Query protocol answers it: elements, text and lists, no attributes.

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const escapeXml = (text: string): string =>
  /[&<>"]/.test(text) ? text.replace(/[&<>"]/g, (character) => entities[character] ?? character) : text;

/** One element with text; nothing at all for undefined, as AWS leaves out what is not set. */
export const textElement = (name: string, value: string | number | boolean | undefined): string =>
  value === undefined ? '' : `<${name}>${escapeXml(String(value))}</${name}>`;

/** One element around XML that is already rendered. */
export const element = (name: string, ...inner: readonly string[]): string =>
  `<${name}>${inner.join('')}</${name}>`;

/** A list in the Query protocol: every entry is called `member`. */
export const listElement = (name: string, members: readonly string[]): string =>
  element(name, ...members.map((member) => `<member>${member}</member>`));

/** Dates as IAM and STS print them, to the second. */
export const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
