// Looking into JSON that somebody else wrote.

type Unknown = Readonly<Record<string, unknown>>;

export const objectOf = (value: unknown): Unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((here, name) => objectOf(here)[name], value);

/** Empty where there is no text. */
export const textOf = (value: unknown, ...path: readonly string[]): string => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
};

export const listOf = (value: unknown, ...path: readonly string[]): readonly unknown[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
};

/** The claims of a JWT; nothing is verified. */
export const claimsOf = (token: string): Unknown =>
  objectOf(parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')));

export const headOf = (token: string): Unknown =>
  objectOf(parseJson(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8')));
