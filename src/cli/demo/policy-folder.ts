// The policies of the demo: a copy of manifests/example that the story may edit, as people edit theirs in Git.

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface PolicyFolder {
  /** The file with the ControllerConfig. */
  readonly config: string;
  /** Another one beside it, which differs as `change` says; answers its path. */
  addConfig(file: string, change: (text: string) => string): Promise<string>;
  /** Adds the annotations of a piece of YAML, as `rolewarden ack` prints it, to the first object of a file. */
  commit(file: string, printed: string): Promise<void>;
  /** Writes `suspend: true` into every AccessPolicy, or takes it out. */
  suspendAll(isSuspended: boolean): Promise<void>;
  add(file: string, text: string): Promise<void>;
  /** All files as they are in the examples, and no others. */
  restore(): Promise<void>;
  remove(): Promise<void>;
}

const separator = '\n---\n';
const suspension = '\n  suspend: true';

/** What stands below `metadata:` in the printed YAML, put below `metadata:` of the first object. */
const withMetadata = (text: string, printed: string): string => {
  const [, lines = ''] = printed.split('\nmetadata:\n');
  return text.replace('\nmetadata:\n', () => `\nmetadata:\n${lines.trimEnd()}\n`);
};

const suspended = (text: string, isSuspended: boolean): string =>
  text
    .split(separator)
    .map((document) => {
      if (!document.includes('\nkind: AccessPolicy\n')) return document;
      const free = document.replace(suspension, '');
      return isSuspended ? free.replace('\nspec:', `\nspec:${suspension}`) : free;
    })
    .join(separator);

/** `exampleConfig`: the config file of the examples, whose policies are in the folder `policies` next to it. */
export const copyPolicies = async (exampleConfig: string): Promise<PolicyFolder> => {
  const examples = join(dirname(exampleConfig), 'policies');
  const folder = await mkdtemp(join(tmpdir(), 'rolewarden-demo-'));
  const config = join(folder, 'config.yaml');
  const policies = join(folder, 'policies');
  await cp(exampleConfig, config);
  await cp(examples, policies, { recursive: true });

  /** A file that stays the same is not written. */
  const edit = async (file: string, change: (text: string) => string): Promise<void> => {
    const path = join(policies, file);
    const text = await readFile(path, 'utf8');
    if (change(text) !== text) await writeFile(path, change(text));
  };

  return {
    config,
    addConfig: async (file, change) => {
      const path = join(folder, file);
      await writeFile(path, change(await readFile(config, 'utf8')));
      return path;
    },
    commit: (file, printed) => edit(file, (text) => withMetadata(text, printed)),
    suspendAll: async (isSuspended) => {
      for (const file of await readdir(policies)) await edit(file, (text) => suspended(text, isSuspended));
    },
    add: (file, text) => writeFile(join(policies, file), text),
    restore: async () => {
      const wanted = await readdir(examples);
      for (const file of await readdir(policies)) if (!wanted.includes(file)) await rm(join(policies, file));
      for (const file of wanted) await cp(join(examples, file), join(policies, file));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};
