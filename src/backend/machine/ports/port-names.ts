/** How the names of a machine's ports begin: `ctl` follows, `0.in`, `0.out` and `0.err` of the first session, or `eN.in` and so on of slot N. */
export const portPrefix = 'sandbox.';

/** Name of the port with the lines between the host and the guest's init. */
export const controlPort = 'ctl';
