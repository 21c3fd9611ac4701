import {fillScript} from '../../../core/fill-script.ts';
import {includeFunctions} from '../../guest/include-functions.ts';
import boot from './boot.sh';

/** Where the boot script finds what belongs to one run. */
export const runDirectory = '/run.d';

/** How the boot script is told that it goes on within the guest's root. */
export const withinWord = 'within';

/** What becomes the guest's directory of the sandbox, as it is: an emulated guest takes 5 ms and more for every program that it starts. */
export const guestDirectory = `${runDirectory}/guest`;

/** The descriptor by which process 1 has the control port. */
export const controlLines = 4;

export const bootScript = fillScript(boot, {include: includeFunctions});
