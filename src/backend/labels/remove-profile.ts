import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, existsSync, openSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {within} from '../../core/within.ts';
import {listInherited} from '../host/close-inherited.ts';

/** What a host has whose kernel knows profiles. */
const appArmor = '/sys/module/apparmor';
const profiles = '/etc/apparmor.d/libvirt';
/** Takes a profile, with those inside it, out of the kernel whose name is written there. */
const unload = '/sys/kernel/security/apparmor/.remove';
const mostMs = 1000;

/**
 * Removes the AppArmor profile that libvirt has written for a domain, and leaves behind; after the domain's end. Without the rights it stays.
 * Of a machine's libvirtd would take it out of the kernel only later, by the file that is gone by then; and of what outlived a libvirtd never.
 * Anybody may list that directory, and so keep it locked, with whoever removes something there waiting in the kernel: a process of its own
 * does, which is left behind then.
 */
export async function removeProfile(uuid: string, directory = profiles, sign = appArmor, remover = unload): Promise<void> {
	if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) || !existsSync(sign)) return;
	const paths = ['', '.files'].map((suffix) => join(directory, `libvirt-${uuid}${suffix}`));
	unloadProfile(`libvirt-${uuid}`, remover);
	const nothing = openSync('/dev/null', 'r+');
	// In place of the caller's own descriptors too: who waits for the end of a pipe is not to wait for that process.
	const stdio = Array.from({length: Math.max(2, ...listInherited()) + 1}, () => nothing);
	const child = spawn('/bin/rm', ['-f', '--', ...paths], {stdio, detached: true, cwd: '/', env: {}});
	closeSync(nothing);
	child.unref();
	// What stays costs nothing but the room.
	await within(
		once(child, 'exit').catch(() => undefined),
		mostMs,
	);
}

function unloadProfile(name: string, remover: string): void {
	try {
		writeFileSync(remover, name, {flag: 'r+'});
	} catch {
		// It is not there any more, or not ours to remove.
	}
}
