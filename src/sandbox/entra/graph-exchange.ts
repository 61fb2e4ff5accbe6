// What goes into and comes out of one Graph request, whether it arrived by itself or inside a `$batch`.

export interface GraphRequest {
  readonly method: string;
  /** Decoded path segments after `/v1.0`, with `name('key')` already split into two. */
  readonly segments: readonly string[];
  /** Query options by their exact name (`$select`). */
  readonly query: ReadonlyMap<string, string>;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** `https://localhost:PORT/v1.0`, to make absolute links with. */
  readonly baseUrl: string;
  readonly inBatch: boolean;
}

export interface GraphResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON, except that a string is sent as plain text. */
  readonly body: unknown;
}

/** An answer that is not a 200. Thrown by handlers, turned into a response in one place. */
export class GraphFailure extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'GraphFailure';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export const notFound = (id: string): GraphFailure =>
  new GraphFailure(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  );

export const badRequest = (message: string): GraphFailure => new GraphFailure(400, 'BadRequest', message);

export const unsupportedQuery = (message: string): GraphFailure =>
  new GraphFailure(400, 'Request_UnsupportedQuery', message);

/** Options that Graph knows and the sandbox does not: refused, because ignoring them would give a wrong answer. */
export const refuseUnserved = ({ query }: Pick<GraphRequest, 'query'>): void => {
  const unserved = ['$expand', '$orderby', '$search', '$skip'].find((name) => query.has(name));
  if (unserved !== undefined) throw unsupportedQuery(`The sandbox does not serve '${unserved}'.`);
};

/** `users('x')` is `users/x`; an alternate key keeps its name: `servicePrincipals(appId='x')` is `servicePrincipals(appId)/x`. */
const segmentOf = (encoded: string): readonly string[] => {
  const text = decodeURIComponent(encoded);
  const keyed = /^([A-Za-z.]+)\((?:(\w+)=)?'(.*)'\)$/.exec(text);
  if (keyed === null) return [text];
  const [, name = '', alternateKey, value = ''] = keyed;
  return [alternateKey === undefined ? name : `${name}(${alternateKey})`, value.replaceAll("''", "'")];
};

/** Splits a URL relative to `/v1.0` into segments and query options. */
export const parseGraphUrl = (url: string): Pick<GraphRequest, 'segments' | 'query'> => {
  const [path = '', ...rest] = url.split('?');
  return {
    segments: path
      .split('/')
      .filter((part) => part !== '')
      .flatMap(segmentOf),
    query: new Map(new URLSearchParams(rest.join('?'))),
  };
};

/** Graph wants object ids to be UUIDs, and says so before it looks for the object. */
export const objectId = (text: string): string => {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new GraphFailure(400, 'Request_BadRequest', `Invalid object identifier '${text}'.`);
};
