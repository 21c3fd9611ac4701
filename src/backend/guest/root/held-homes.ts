/** Of homes whose users have whoever looks into them wait. */

/** How long a home may keep waiting who looks there, where some microseconds are usual; and once one has. In milliseconds. */
export const heldMs = {first: 5000, further: 1000};
/** So many one after the other, before all that are left are taken for such. */
export const mostHeld = 3;
/** Why, for people. */
export const heldUp = 'Its user does that: by a file system of theirs (FUSE), or by renaming directories';
