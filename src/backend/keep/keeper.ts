import {closeSync, openSync} from 'node:fs';
import {text} from 'node:stream/consumers';
import {ShellError} from '../../core/errors.ts';
import type {StartOptions} from '../types.ts';
import {startCapturedSandbox, takeOverSandbox} from '../sandbox.ts';
import {closeInherited} from '../host/close-inherited.ts';
import {ifThere} from '../host/files/if-there.ts';
import {describeError, type OwnerLine} from '../session/control-line.ts';
import {KeptByAnother, type KeeperLine, type KeeperOrder} from './keeper-line.ts';

/**
 * The keeper of one sandbox: a process of its own that starts it, or takes it over, captures its consoles, listens on its control socket, and ends with it.
 * Gives the exit status of the process, which exits with it at once: what it has open of a container that it failed to take over it only lets go.
 */
export async function runKeeper(): Promise<number> {
	const say = (line: KeeperLine | OwnerLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
	// The starter may be gone before the sandbox is ready; that shall not end it.
	process.stdout.on('error', () => undefined);
	// A lock or a pipe of the starter's would stay held for as long as the sandbox runs.
	closeInherited();
	const abort = new AbortController();
	const giveUp = (): void => abort.abort(new ShellError('interrupted', 'The start was given up'));
	try {
		const [order] = await Promise.all([readOrder(), leaveStarter()]);
		const options: StartOptions = {
			...order.options,
			signal: abort.signal,
			onPlanned: () => void process.on('SIGTERM', giveUp),
			caller: {...order.options.caller, pid: process.pid},
			voice: {
				notice: (level, code, message, hint) => say({tell: 'notice', level, code, message, hint}),
				phase: (name, elapsedMs) => say({tell: 'phase', name, elapsedMs}),
			},
			onXml: (xml) => say({tell: 'xml', xml}),
			onBootLog: order.tellsBoot ? (line) => say({tell: 'boot', line}) : undefined,
			trace: order.isTraced ? (line) => say({tell: 'trace', line}) : undefined,
		};
		const sandbox =
			'takeOver' in order
				? await takeOverSandbox(order.takeOver, order.uri, options)
				: await startCapturedSandbox({...order.spec, uri: order.uri}, options);
		process.off('SIGTERM', giveUp);
		process.on('SIGTERM', () => void sandbox.destroy().catch(() => undefined));
		for (const signal of ['SIGINT', 'SIGHUP'] as const) {
			process.on(signal, () => undefined);
		}
		say({tell: 'ready', id: sandbox.id, name: sandbox.name});
		letStreamsGo();
		await sandbox.closed;
		return 0;
	} catch (error) {
		if (error instanceof KeptByAnother) {
			say({tell: 'ready', id: '', name: error.sandbox, isAnothers: true});
			return 0;
		}
		say(describeError(error));
		return 1;
	}
}

async function readOrder(): Promise<KeeperOrder> {
	return JSON.parse(await text(process.stdin)) as KeeperOrder;
}

/** A service or a timer that begins a sandbox ends with all that systemd has in it; this process is to live on. */
async function leaveStarter(): Promise<void> {
	const {findManager, moveToOwnScope} = await import('../host/libvirtd/own-scope.ts');
	const manager = findManager(process.geteuid?.() ?? 0, process.env['XDG_RUNTIME_DIR']);
	if (manager !== undefined) await moveToOwnScope({kind: 'keeper', description: 'Keeper of a sandbox (virt-sandbox)', manager});
}

/** From now on nothing ties this process to the one that began it. */
function letStreamsGo(): void {
	process.stdout.end(() => {
		// Their numbers must not become those of other files.
		for (const fd of [1, 2]) {
			// It may be closed already.
			ifThere(() => closeSync(fd));
			openSync('/dev/null', 'r+');
		}
	});
}
