/** virDomainCreateFlags. */
export const createFlags = {paused: 1, autodestroy: 2, bypassCache: 4, forceBoot: 8, validate: 16} as const;

/** virConnectListAllDomainsFlags. */
export const listFlags = {active: 1, inactive: 2, persistent: 4, transient: 8, running: 16, paused: 32, shutoff: 64} as const;

/** virDomainConsoleFlags; the container driver refuses both. */
export const consoleFlags = {force: 1, safe: 2} as const;

/** virDomainState. */
export const domainStates = {none: 0, running: 1, blocked: 2, paused: 3, shutdown: 4, shutoff: 5, crashed: 6, pmSuspended: 7} as const;

/** virDomainModificationImpact. */
export const modificationFlags = {current: 0, live: 1, config: 2} as const;
