/** Of every fault of ours, usage included. */
export const faultStatus = 125;
export const notExecutableStatus = 126;
export const notFoundStatus = 127;
