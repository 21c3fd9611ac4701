import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {within} from '../../core/within.ts';

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
	const remover = spawn('/bin/rm', ['-f', '--', ...paths], {stdio: 'ignore', detached: true, cwd: '/', env: {}});
	remover.unref();
	// What stays costs nothing but the room.
	await within(
		once(remover, 'exit').catch(() => undefined),
		mostMs,
	);
}
