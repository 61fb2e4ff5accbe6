// How the measured processes run: as the image runs the controller.

/**
 * Node sizes its heap by the machine and then lets garbage lie about until that is full. The first bounds it to several times what
 * 5,000 roles need; the second collects sooner, for about a third more CPU in a sweep.
 */
export const nodeFlags: readonly string[] = ['--max-old-space-size=512', '--optimize-for-size'];
