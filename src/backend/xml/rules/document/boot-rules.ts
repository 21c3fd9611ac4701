import type {ScannedElement} from '../../scan/scanned.ts';
import {repeated, textIn, valueOf, type Domain} from '../domain-view.ts';
import {addInside, setValue, takeElement} from '../edits.ts';
import {machines, type Rule} from '../rule.ts';

/** Firmware, kernels, and what a machine boots. */
export const bootRules: readonly Rule[] = [
	{
		id: 'boot-order-twice',
		drivers: machines,
		level: 'error',
		about: 'Each place in the boot order is of one device.',
		*find(domain) {
			const orders = bootsOf(domain);
			const taken = new Set(orders.map((each) => valueOf(each, 'order')));
			for (const [boot] of repeated(orders, (each) => valueOf(each, 'order'))) {
				let free = orders.length;
				while (taken.has(String(free))) free++;
				taken.add(String(free));
				yield {
					at: boot,
					attribute: 'order',
					message: `Two devices are number ${valueOf(boot, 'order')} in the boot order`,
					cure: `order='${free}'`,
					edits: setValue(boot, 'order', String(free)),
				};
			}
		},
	},
	{
		id: 'boot-two-ways',
		drivers: machines,
		level: 'error',
		about: 'The boot order stands either in <os> or in the devices.',
		*find(domain) {
			const [boot] = bootsOf(domain);
			if (boot === undefined || domain.one('os/boot') === undefined) return;
			yield {
				at: boot,
				attribute: 'order',
				message: 'A device has a place in the boot order, and <os> has <boot> too',
				cure: 'take one of them out',
			};
		},
	},
	{
		id: 'boot-device-missing',
		drivers: machines,
		level: 'warning',
		isOfLack: true,
		about: 'What <boot> names is there.',
		*find({one, all}) {
			const has = (device: string): boolean => all('devices/disk').some((disk) => (valueOf(disk, 'device') ?? 'disk') === device);
			const found: ReadonlyMap<string, readonly [isThere: boolean, what: string]> = new Map([
				['hd', [has('disk') || has('lun') || all('devices/hostdev').length > 0, 'disk']],
				['cdrom', [has('cdrom'), 'CD-ROM']],
				['fd', [has('floppy'), 'floppy']],
				['network', [all('devices/interface').length > 0 || all('devices/hostdev').length > 0, 'network interface']],
			]);
			const boots = all('os/boot');
			const others = boots.flatMap((each) => (found.get(valueOf(each, 'dev') ?? '')?.[0] === true ? (valueOf(each, 'dev') ?? []) : []));
			// libvirt itself writes a lone hd.
			if (one('os/kernel') !== undefined || (boots.length === 1 && valueOf(boots[0], 'dev') === 'hd')) return;
			for (const boot of boots) {
				const dev = valueOf(boot, 'dev') ?? '';
				const [isThere, what] = found.get(dev) ?? [true, ''];
				if (isThere) continue;
				const better = others.length > 0 ? undefined : [...found].find(([, [is]]) => is)?.[0];
				yield {
					at: boot,
					attribute: 'dev',
					message: `There is no ${what} to boot from`,
					cure: better === undefined ? 'take it out, or add one' : `dev='${better}'`,
				};
			}
		},
	},
	{
		id: 'kernel-missing',
		drivers: machines,
		level: 'error',
		isOfLack: true,
		about: '<initrd> and <cmdline> are for a <kernel>.',
		*find({one}) {
			if (one('os/kernel') !== undefined) return;
			for (const name of ['initrd', 'cmdline']) {
				const element = one(`os/${name}`);
				if (element !== undefined)
					yield {at: element, message: `QEMU takes no <${name}> without a <kernel>`, cure: '<kernel>…</kernel> beside it', culprit: name};
			}
		},
	},
	{
		id: 'secure-boot-needs',
		drivers: machines,
		level: 'error',
		isOfLack: true,
		about: "A secure loader needs a q35 machine and <smm state='on'/>.",
		*find({one, machine}) {
			const loader = one('os/loader');
			if (loader === undefined || valueOf(loader, 'secure') !== 'yes') return;
			const smm = one('features/smm');
			if (machine !== 'q35' && machine !== '') {
				yield {at: loader, attribute: 'secure', message: 'Only a q35 machine boots securely', cure: "machine='q35'"};
			} else if (valueOf(smm, 'state') === 'off' || (smm === undefined && valueOf(one('os'), 'firmware') === undefined)) {
				const features = one('features');
				yield {
					at: loader,
					attribute: 'secure',
					culprit: "secure='yes'",
					message: "A secure loader needs <smm state='on'/>",
					cure: "<features><smm state='on'/></features>",
					edits: smm === undefined ? features && addInside(features, "<smm state='on'/>") : setValue(smm, 'state', 'on'),
				};
			}
		},
	},
	{
		id: 'flash-writable',
		drivers: machines,
		level: 'warning',
		about: "A loader in flash is readonly='yes', or the guest changes the host's firmware.",
		*find({one}) {
			const loader = one('os/loader');
			if (loader === undefined || valueOf(loader, 'type') !== 'pflash' || valueOf(loader, 'readonly') === 'yes' || textIn(loader) === '') return;
			yield {
				at: loader,
				attribute: 'readonly',
				message: 'The guest may write the firmware itself',
				cure: "readonly='yes'",
			};
		},
	},
	{
		id: 'nvram-without-loader',
		drivers: machines,
		level: 'error',
		isOfLack: true,
		about: '<nvram> goes with a <loader>, or with firmware that libvirt chooses.',
		*find({one}) {
			const [os, nvram, loader] = [one('os'), one('os/nvram'), one('os/loader')];
			if (nvram === undefined || valueOf(os, 'firmware') !== undefined) return;
			if (loader === undefined)
				yield {at: nvram, message: '<nvram> needs a <loader>', cure: "<os firmware='efi'>, or <loader type='pflash' readonly='yes'>…</loader>"};
			else if (valueOf(loader, 'type') === 'rom') {
				yield {
					at: nvram,
					message: 'A loader of the type rom has no <nvram>',
					cure: "take it out, or type='pflash' of the loader",
				};
			}
		},
	},
	{
		id: 'smbios-without-sysinfo',
		drivers: machines,
		level: 'error',
		isOfLack: true,
		about: "<smbios mode='sysinfo'/> and <sysinfo type='smbios'> go together.",
		*find({one, all}) {
			const smbios = one('os/smbios');
			const sysinfo = all('sysinfo').find((each) => valueOf(each, 'type') === 'smbios');
			if (smbios === undefined || valueOf(smbios, 'mode') !== 'sysinfo' || sysinfo !== undefined) return;
			yield {
				at: smbios,
				attribute: 'mode',
				message: "There is no <sysinfo type='smbios'> to show to the guest",
				cure: 'take it out, or add one',
				edits: takeElement(smbios),
			};
		},
	},
	{
		id: 'sysinfo-not-shown',
		drivers: machines,
		level: 'warning',
		isOfLack: true,
		about: "The guest sees <sysinfo type='smbios'> by <smbios mode='sysinfo'/>.",
		*find({one, all}) {
			const os = one('os');
			const sysinfo = all('sysinfo').find((each) => valueOf(each, 'type') === 'smbios');
			if (os === undefined || sysinfo === undefined || valueOf(one('os/smbios'), 'mode') === 'sysinfo') return;
			yield {
				at: sysinfo,
				attribute: 'type',
				message: "The guest does not see <sysinfo>: <os> lacks <smbios mode='sysinfo'/>",
				cure: "<smbios mode='sysinfo'/> in <os>",
				edits: one('os/smbios') === undefined ? addInside(os, "<smbios mode='sysinfo'/>") : undefined,
			};
		},
	},
	{
		id: 'console-of-bios-missing',
		drivers: machines,
		level: 'error',
		isOfLack: true,
		about: 'A BIOS on a serial port needs one.',
		*find({one}) {
			const bios = one('os/bios');
			if (bios === undefined || valueOf(bios, 'useserial') !== 'yes' || one('devices/serial') !== undefined || one('devices/console') !== undefined)
				return;
			yield {
				at: bios,
				attribute: 'useserial',
				message: 'There is no serial port for the BIOS',
				cure: "take it out, or <serial type='pty'/>",
			};
		},
	},
];

function bootsOf({all}: Domain): ScannedElement[] {
	return ['disk', 'interface', 'hostdev', 'redirdev'].flatMap((name) => all(`devices/${name}/boot`)).toSorted((one, other) => one.start - other.start);
}
