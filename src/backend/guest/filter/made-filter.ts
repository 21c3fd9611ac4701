import {defaultFilter} from './default-filter.ts';

/** The default filter of each processor. The build puts its bytes into this function's place: to make it takes a start some milliseconds. */
export const madeFilter = defaultFilter;
