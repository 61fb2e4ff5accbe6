// How the measured processes run: as the image runs the controller.

/**
 * Node sizes its heap by the machine and then lets garbage lie about until that is full. The first bounds it to several times what
 * 5,000 roles need; young objects get room to die in, the rest grows by fifths, and the program collects when sweeps are done.
 */
export const nodeFlags: readonly string[] = [
  '--max-old-space-size=512',
  '--max-semi-space-size=4',
  '--heap-growing-percent=20',
  '--expose-gc',
];

/** glibc's: one heap for all threads, and what was freed goes back to the system. */
export const nodeEnvironment: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};
