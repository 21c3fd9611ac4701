import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {checkLabel, type LabelReader} from '../../../src/backend/labels/check-label.ts';
import {cleanLabel, fileLabel, findHostLabels, guestLabel, isPermissive} from '../../../src/backend/labels/host-labels.ts';
import {errorCodes, LibvirtError} from '../../../src/backend/libvirt/index.ts';

function makeHost(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
	const root = mkdtempSync(join(tmpdir(), 'host-'));
	t.teardown(() => rmSync(root, {recursive: true, force: true}));
	for (const [path, text] of Object.entries(files)) {
		mkdirSync(dirname(join(root, path)), {recursive: true});
		writeFileSync(join(root, path), text);
	}
	return root;
}

test('a host tells by its kernel what it has', (t) => {
	t.deepEqual(findHostLabels(makeHost(t, {})), {selinux: false, apparmor: false});
	const selinux = makeHost(t, {'sys/fs/selinux/enforce': '0', 'sys/module/apparmor/parameters/enabled': 'N\n'});
	t.deepEqual([findHostLabels(selinux), isPermissive(selinux)], [{selinux: true, apparmor: false}, true]);
	const apparmor = makeHost(t, {'sys/module/apparmor/parameters/enabled': 'Y\n'});
	t.deepEqual([findHostLabels(apparmor), isPermissive(apparmor)], [{selinux: false, apparmor: true}, false]);
});

test('labels of files are those of the policy', (t) => {
	const contexts = 'etc/selinux/mine/contexts';
	const host = makeHost(t, {
		'etc/selinux/config': '# SELINUXTYPE=other\nSELINUX=enforcing\nSELINUXTYPE=mine\n',
		[`${contexts}/lxc_contexts`]: 'process = "a:b:p:s0"\ncontent = "a:b:c:s0"\nfile = "a:b:my_file_t:s0"\n',
		[`${contexts}/virtual_image_context`]: 'a:b:my_image_t:s0\na:b:my_content_t:s0\n',
	});
	t.deepEqual(
		['lxc', 'kvm', 'qemu'].map((type) => fileLabel(type, host)),
		['a:b:my_file_t:s0', 'a:b:my_image_t:s0', 'a:b:my_image_t:s0'],
	);
	const bare = makeHost(t, {});
	t.deepEqual(
		['lxc', 'kvm'].map((type) => fileLabel(type, bare)),
		['system_u:object_r:container_file_t:s0', 'system_u:object_r:svirt_image_t:s0'],
	);
});

test('a label is compared without what the kernel and AppArmor add', (t) => {
	t.deepEqual(['u:r:t:s0\0', 'libvirt-x (enforce)\n', 'unconfined\n', 'a (b)'].map(cleanLabel), ['u:r:t:s0', 'libvirt-x', 'unconfined', 'a (b)']);
	t.is(guestLabel(0), undefined);
});

const domain = {name: 'web', uuid: 'c7a5fdbd-edaf-4455-926a-d65c16db1809', id: 0};

const unseen = (): undefined => undefined;
const expected = {model: 'selinux', type: 'container_t'} as const;

/** A libvirtd that does not know the init's pid for so many calls. */
function makeReader(ignorantCalls: number): LabelReader & {calls: number} {
	return {
		calls: 0,
		getSecurityLabels: () => Promise.resolve([]),
		getSecurityLabel() {
			this.calls++;
			if (this.calls > ignorantCalls) return Promise.resolve({label: 'u:r:container_t:s0:c1,c2\0', enforcing: true});
			const text = 'Init pid is not yet available';
			return Promise.reject(new LibvirtError({code: errorCodes.operationInvalid, domain: 0, level: 2, text, procedure: 'DOMAIN_GET_SECURITY_LABEL'}));
		},
	};
}

test('a label is waited for until libvirtd knows the init', async (t) => {
	const reader = makeReader(2);
	const label = await checkLabel(expected, domain, {reader, readGuest: unseen});
	t.deepEqual([label, reader.calls], ['u:r:container_t:s0:c1,c2', 3]);
});

test('the kernel tells the label where libvirtd never comes to know the init', async (t) => {
	const reader = makeReader(Infinity);
	t.is(await checkLabel(expected, domain, {reader, readGuest: () => 'u:r:container_t:s0:c3,c4'}), 'u:r:container_t:s0:c3,c4');
	await t.throwsAsync(checkLabel(expected, domain, {reader, readGuest: () => 'u:r:virtd_lxc_t:s0'}), {message: /its type is 'virtd_lxc_t'/});
});

test('another label than the expected one is an error that names both', async (t) => {
	const reader = {getSecurityLabels: () => Promise.resolve([]), getSecurityLabel: () => Promise.resolve({label: 'u:r:virtd_lxc_t:s0', enforcing: true})};
	t.like(await t.throwsAsync(checkLabel(expected, domain, {reader, readGuest: unseen})), {
		code: 'failed',
		message: "The sandbox did not get the selinux label it was to have: its type is 'virtd_lxc_t', not 'container_t'",
	});
});

test('a label of dac is found among those of all drivers', async (t) => {
	const labels = ['u:r:svirt_t:s0:c1,c2', '+107:+107'].map((label) => ({label, enforcing: true}));
	const reader = {getSecurityLabels: () => Promise.resolve(labels), getSecurityLabel: () => Promise.reject(new Error('not asked'))};
	t.is(await checkLabel({model: 'dac', label: '+107:+107'}, domain, {reader, readGuest: unseen}), '+107:+107');
	t.like(await t.throwsAsync(checkLabel({model: 'dac', label: '+1:+1'}, domain, {reader, readGuest: unseen})), {
		message: "The sandbox did not get the dac label it was to have: it is '+107:+107', not '+1:+1'",
	});
});
