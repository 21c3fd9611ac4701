import {ShellError} from '../../core/errors.ts';
import type {ControlChannel} from '../guest/control-channel.ts';
import {removeStateDirectory, type StateDirectory} from '../guest/state-directory.ts';
import type {Sandbox, Session} from '../types.ts';
import type {Link} from './link.ts';

/** How long libvirt may take, after the guest's end, to say so. */
const stoppedMs = 10_000;

export interface RunningContainer {
	readonly state: StateDirectory;
	readonly name: string;
	readonly uri: string;
	readonly link: Link;
	readonly control: ControlChannel;
	readonly session: Session;
	/** Directories outside the state directory that go with it. */
	readonly temporary: readonly string[];
}

/** A running container as the rest of the program sees it: how it ends, and that nothing of it stays. */
export function endContainer(container: RunningContainer): Sandbox {
	const {state, name, uri, link, control, session} = container;
	let closing: Promise<void> | undefined;
	let destroying: Promise<void> | undefined;

	const putAway = async (): Promise<void> => {
		control.close();
		await link.close();
		removeStateDirectory(state.path, container.temporary);
	};
	const waitForEnd = async (): Promise<void> => {
		await Promise.race([session.exited.catch(() => undefined), link.stopped, control.ended]);
		if (await within(Promise.race([link.stopped, link.lost.then(() => control.ended)]), stoppedMs)) return;
		// The init did not go by itself, or libvirtd is slow to notice.
		control.send('bye');
		await link.destroy();
		if (!(await within(Promise.race([link.stopped, link.lost]), stoppedMs))) {
			throw new ShellError('failed', `libvirtd does not say that '${name}' has ended`, {hint: 'Look at its log; `virt-sandbox --clean` puts away what is left'});
		}
	};
	return {
		id: state.id,
		name,
		uri,
		session,
		async destroy() {
			destroying ??= (async () => {
				control.send('bye');
				await link.destroy();
				await within(Promise.race([link.stopped, link.lost]), stoppedMs);
			})();
			await destroying;
		},
		async close() {
			closing ??= (async () => {
				try {
					await waitForEnd();
				} finally {
					await putAway();
				}
			})();
			await closing;
		},
	};
}

/** Whether a promise settles in time. */
async function within(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
	const late = Promise.withResolvers<boolean>();
	const timer = setTimeout(() => late.resolve(false), milliseconds);
	try {
		return await Promise.race([work.then(() => true), late.promise]);
	} finally {
		clearTimeout(timer);
	}
}
