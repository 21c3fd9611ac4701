import {writeFile} from 'node:fs';
import {promisify} from 'node:util';

/** That of node:fs/promises would cost every start a millisecond and more. */
export const writeSoon = promisify(writeFile);
