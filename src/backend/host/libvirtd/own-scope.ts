import {existsSync} from 'node:fs';
import {connect} from 'node:net';
import {userInfo} from 'node:os';
import {join} from 'node:path';
import {ifThere} from '../files/if-there.ts';
import {readOrEmpty} from '../files/read-or-empty.ts';
import {randomHex} from '../random.ts';
import {messageTypes, readMessage, writeMessage, type Message} from './dbus-message.ts';

/** How long systemd may take, in milliseconds; then all stays as it was. */
const answerMs = 5000;
/** How long it waits for who is asked to end, in microseconds: a libvirtd can hang at its end, and the host would wait for it. */
const stopMicroseconds = 10_000_000;

interface ScopeOptions {
	/** Begins its name. */
	readonly kind: 'keeper' | 'libvirtd';
	readonly description: string;
	/** Who is moved there; undefined: this process. */
	readonly pid?: number | undefined;
	/** Of the systemd that is asked. */
	readonly manager: string;
}

/**
 * The socket of the systemd that can give a process of ours a scope; undefined: none runs, or it would not help.
 *
 * A user's own ends with the user's last session, and all in it: it helps where the process is below it already, or is to linger.
 */
export function findManager(uid: number, runtimeDirectory: string | undefined): string | undefined {
	if (!existsSync('/run/systemd/system')) return undefined;
	// In another pid namespace a number would mean another process.
	if (uid === 0) return readOrEmpty('/proc/1/comm') === 'systemd\n' ? '/run/systemd/private' : undefined;
	if (runtimeDirectory === undefined || !(isBelowManager(uid) || lingers())) return undefined;
	return join(runtimeDirectory, 'systemd', 'private');
}

function isBelowManager(uid: number): boolean {
	return readOrEmpty('/proc/self/cgroup').includes(`/user@${uid}.service/`);
}

function lingers(): boolean {
	// Unless the user has no name.
	return ifThere(() => existsSync(join('/var/lib/systemd/linger', userInfo().username))) === true;
}

/**
 * Moves a process into a transient scope of its own, so that it does not end with the service or the session that it was begun in.
 * False: it stays where it was; never rejects. Its children have to come later.
 *
 * Why the private socket: it is there without a message bus, and takes one message of ours in place of a program of systemd's.
 */
export async function moveToOwnScope({kind, description, pid = 0, manager}: ScopeOptions): Promise<boolean> {
	const name = `virt-sandbox-${kind}-${randomHex(4)}.scope`;
	const call = writeMessage(
		{
			path: '/org/freedesktop/systemd1',
			interface: 'org.freedesktop.systemd1.Manager',
			member: 'StartTransientUnit',
			destination: 'org.freedesktop.systemd1',
			signature: 'ssa(sv)a(sa(sv))',
		},
		(body) => {
			const property = (key: string, signature: string, write: () => void): void => {
				body.align(8);
				body.string(key);
				body.signature(signature);
				write();
			};
			body.string(name);
			body.string('fail');
			body.array(8, () => {
				// 0 is who asks.
				property('PIDs', 'au', () => body.array(4, () => body.unsigned(pid)));
				property('Description', 's', () => body.string(description));
				property('CollectMode', 's', () => body.string('inactive-or-failed'));
				property('TimeoutStopUSec', 't', () => body.long(stopMicroseconds));
			});
			body.array(8, () => undefined);
		},
	);
	return await ask(manager, call, ({type, member, body}) => {
		if (type === messageTypes.error) return false;
		if (type !== messageTypes.signal || member !== 'JobRemoved') return undefined;
		body.unsigned();
		body.string();
		return body.string() === name ? body.string() === 'done' : undefined;
	});
}

/** Sends a message and gives what `judge` makes of those that come back; false where none decides. */
function ask(path: string, message: Uint8Array, judge: (message: Message) => boolean | undefined): Promise<boolean> {
	const {promise, resolve} = Promise.withResolvers<boolean>();
	const socket = connect({path});
	const timer = setTimeout(() => resolve(false), answerMs);
	let received: Uint8Array = Buffer.alloc(0);
	let isGreeted = false;
	const take = (chunk: Uint8Array): void => {
		received = Buffer.concat([received, chunk]);
		if (!isGreeted) {
			const end = Buffer.from(received).indexOf('\r\n');
			if (end === -1) return;
			// OK, or REJECTED.
			if (received[0] !== 'O'.charCodeAt(0)) resolve(false);
			isGreeted = true;
			received = received.subarray(end + 2);
		}
		for (let next = readMessage(received); next !== undefined; next = readMessage(received)) {
			received = received.subarray(next.length);
			const verdict = judge(next.message);
			if (verdict !== undefined) resolve(verdict);
		}
	};
	socket.on('data', (chunk) => {
		try {
			take(chunk);
		} catch {
			resolve(false);
		}
	});
	socket.on('error', () => resolve(false));
	socket.on('close', () => resolve(false));
	socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(process.geteuid?.() ?? 0)).toString('hex')}\r\nBEGIN\r\n`);
	socket.write(message);
	return promise.finally(() => {
		clearTimeout(timer);
		socket.destroy();
	});
}
