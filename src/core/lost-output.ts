import {ShellError} from './errors.ts';

/** A stream of a command ended without what proves that all of it is here: its mark, its count, or the end of its file. */
export function lostOutput(): ShellError {
	return new ShellError('failed', 'The last of the command’s output did not arrive', {
		hint: 'Were libvirtd, QEMU or what passes it on killed or stopped? Run the command again',
	});
}

/** A command runs on whose terminal nobody reaches any more: libvirtd passes its bytes on. */
export function lostTerminal(): ShellError {
	return new ShellError('failed', 'The way to the command’s terminal was lost, and the command was ended', {
		hint: 'Was libvirtd restarted? The terminal of a kept sandbox (--keep) is joined again then',
	});
}
