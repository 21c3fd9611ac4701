import {rmSync} from 'node:fs';

/** Removes the AppArmor profile that libvirt has written for a domain, and leaves behind; after the domain's end. Without the rights it stays. */
export function removeProfile(uuid: string): void {
	if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) return;
	for (const suffix of ['', '.files']) {
		try {
			rmSync(`/etc/apparmor.d/libvirt/libvirt-${uuid}${suffix}`, {force: true});
		} catch {
			// It costs nothing but the room.
		}
	}
}
