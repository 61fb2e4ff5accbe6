// How the measured processes run: as the image runs the controller.

/**
 * Node sizes its heap by the machine and then lets garbage lie about until that is full. The first bounds it to several times what
 * 5,000 roles need; young objects get room to die in, the rest grows by fifths, and the program collects when sweeps are done.
 * Code is not optimized: a program that waits for others gains little by it, and compilers and what they make take 20 MB.
 */
export const nodeFlags: readonly string[] = [
  '--max-old-space-size=512',
  '--max-semi-space-size=2',
  '--heap-growing-percent=20',
  '--expose-gc',
  '--no-opt',
  '--no-maglev',
];

/** glibc's: one heap for all threads, and what was freed goes back to the system, by itself from a page on. */
export const nodeEnvironment: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '4096',
  MALLOC_TRIM_THRESHOLD_: '131072',
};
