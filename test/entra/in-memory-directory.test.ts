import { describeDirectoryContract } from './directory-contract.ts';
import { inMemoryDirectory } from './in-memory-directory.ts';

describeDirectoryContract('the in-memory directory', async (world) => {
  const directory = inMemoryDirectory(world);
  return {
    ...directory,
    directory,
    makeReadable: () => directory.makeReadable('*'),
    stop: async () => {},
  };
});
