import {fillScript} from '../../core/fill-script.ts';
import applets from './scripts/applets.sh';
import check from './scripts/check.sh';
import marks from './scripts/marks.sh';
import reap from './scripts/reap.sh';
import send from './scripts/send.sh';

/** The applets that inits use, beside their shell. */
export const initApplets =
	'cat chmod chown cp dd dirname ip ln mkdir mkfifo mktemp mount mv poweroff readlink rm rmdir sleep stat stty sync touch udhcpc umount usleep'.split(' ');

export const appletLines = fillScript(applets, {applets: initApplets.join(' ')});

export const checkFunction = fillScript(check);

/**
 * What inits share. `nowhere` is where a redirection of an init leads for nothing: by its name `/dev/null` is whatever a command that is root
 * has put there, and process 1 would wait for the other end of a named pipe.
 */
export function initFunctions(nowhere: string): Readonly<Record<'send' | 'reap' | 'marks', string>> {
	return {send: fillScript(send, {nowhere}), reap: fillScript(reap, {nowhere}), marks: fillScript(marks, {nowhere})};
}
