/** How the names of a machine's ports begin: `ctl` follows, `0.in`, `0.out` and `0.err` of the first session, or `eN.in` and so on of slot N. */
export const portPrefix = 'sandbox.';
