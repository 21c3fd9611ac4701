import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, existsSync, openSync} from 'node:fs';
import {join} from 'node:path';
import {within} from '../../core/within.ts';
import {listInherited} from '../host/close-inherited.ts';

/** What a host has whose kernel knows profiles. */
const appArmor = '/sys/module/apparmor';
const profiles = '/etc/apparmor.d/libvirt';
const mostMs = 1000;

/**
 * Removes the AppArmor profile that libvirt has written for a domain, and leaves behind; after the domain's end. Without the rights it stays.
 * Anybody may list that directory, and so keep it locked, with whoever removes something there waiting in the kernel: a process of its own
 * does, which is left behind then.
 */
export async function removeProfile(uuid: string, directory = profiles, sign = appArmor): Promise<void> {
	if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) || !existsSync(sign)) return;
	const paths = ['', '.files'].map((suffix) => join(directory, `libvirt-${uuid}${suffix}`));
	const nothing = openSync('/dev/null', 'r+');
	// In place of the caller's own descriptors too: who waits for the end of a pipe is not to wait for that process.
	const stdio = Array.from({length: Math.max(2, ...listInherited()) + 1}, () => nothing);
	const remover = spawn('/bin/rm', ['-f', '--', ...paths], {stdio, detached: true, cwd: '/', env: {}});
	closeSync(nothing);
	remover.unref();
	// What stays costs nothing but the room.
	await within(
		once(remover, 'exit').catch(() => undefined),
		mostMs,
	);
}
