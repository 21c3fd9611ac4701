import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, existsSync, openSync} from 'node:fs';
import {join} from 'node:path';
import {fillScript} from '../../core/fill-script.ts';
import {within} from '../../core/within.ts';
import {listInherited} from '../host/close-inherited.ts';
import script from './remove-profile.sh';

/** Of AppArmor; a test gives others. */
const places = {
	/** What a host has whose kernel knows profiles. */
	sign: '/sys/module/apparmor',
	directory: '/etc/apparmor.d/libvirt',
	/** Takes a profile, with those inside it, out of the kernel whose name is written there; from who runs by it as well. */
	remover: '/sys/kernel/security/apparmor/.remove',
	/** Where each process has a directory that tells its profile. */
	processes: '/proc',
};
const mostMs = 1000;

/**
 * Removes the AppArmor profile that libvirt has written for a domain, and leaves behind; once the domain has ended, which may take a while longer.
 * Without the rights it stays. Of a machine's libvirtd would take it out of the kernel only later, by the file that is gone by then; and of what
 * outlived a libvirtd never. Anybody may list that directory, and so keep it locked, with whoever removes something there waiting in the kernel: a
 * process of its own does, which is left behind then.
 */
export async function removeProfile(uuid: string, {sign, directory, remover, processes}: typeof places = places): Promise<void> {
	if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) || !existsSync(sign)) return;
	const name = `libvirt-${uuid}`;
	const paths = ['', '.files'].map((suffix) => join(directory, name + suffix));
	const nothing = openSync('/dev/null', 'r+');
	// In place of the caller's own descriptors too: who waits for the end of a pipe is not to wait for that process.
	const stdio = Array.from({length: Math.max(2, ...listInherited()) + 1}, () => nothing);
	const words = ['-c', fillScript(script), 'remove-profile', name, processes, remover, ...paths];
	const child = spawn('/bin/sh', words, {stdio, detached: true, cwd: '/', env: {PATH: '/usr/bin:/bin'}});
	closeSync(nothing);
	child.unref();
	// What stays costs nothing but the room.
	await within(
		once(child, 'exit').catch(() => undefined),
		mostMs,
	);
}
