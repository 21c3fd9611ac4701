/** What a command ends with whose time is over. */
export const timeoutStatus = 124;
