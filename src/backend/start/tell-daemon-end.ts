import {ShellError} from '../../core/errors.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import type {ControlChannel} from '../guest/streams/control-channel.ts';
import type {Link} from './link.ts';

/**
 * libvirtd ends a sandbox of autodestroy when it is told to end itself, by systemctl restart for instance: whoever waits for the command
 * hears of that, not of a status that is not known. One that was killed leaves the sandbox alone, and the command's own status comes.
 */
export function tellDaemonEnd({lifetime}: Pick<SandboxSpec, 'lifetime'>, link: Pick<Link, 'lost'>, control: Pick<ControlChannel, 'expectEnd'>): void {
	if (lifetime === 'keep') return;
	const reason = new ShellError('failed', 'libvirtd was stopped or restarted, and ended the sandbox', {hint: 'One that is kept (--keep) outlives that'});
	void link.lost.then(() => control.expectEnd(reason));
}
