// How the measured processes run: as the image runs the controller.

/**
 * Node sizes its heap by the machine and then lets garbage lie about until that is full. These bound it to several times what
 * 5,000 roles need.
 */
export const nodeFlags: readonly string[] = ['--max-old-space-size=512', '--max-semi-space-size=4'];
