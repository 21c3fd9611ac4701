import type {TerminalSize} from '../types.ts';

/** Of a terminal whose size nobody told. */
export const usualSize: TerminalSize = {rows: 24, columns: 80};
