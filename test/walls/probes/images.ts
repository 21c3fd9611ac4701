import {chmodSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Probe, Run, Scene} from '../probe.ts';

const cluster = 0x1_0000;
const noDisks = {notApplicable: 'a container has no disks'};

/** What a guest can write into a raw image that it was given: the header of a qcow2 whose backing file is a file of the host. */
function makeQcow2(backing: string): Buffer {
	const image = Buffer.alloc(4 * cluster);
	image.write('QFI\xfb', 'latin1');
	image.writeUInt32BE(2, 4);
	image.writeBigUInt64BE(512n, 8);
	image.writeUInt32BE(backing.length, 16);
	image.writeUInt32BE(16, 20);
	image.writeBigUInt64BE(BigInt(cluster), 24);
	image.writeUInt32BE(1, 36);
	image.writeBigUInt64BE(BigInt(cluster), 40);
	image.writeBigUInt64BE(BigInt(2 * cluster), 48);
	image.writeUInt32BE(1, 56);
	image.write(backing, 512);
	return image;
}

/** An image that was raw, in the file system of a guest that has gone, and the file of the host that it names. */
function makeImage({aside, marker, own}: Scene): string {
	const victim = join(aside, 'victim');
	const image = join(aside, 'image');
	chmodSync(aside, 0o755);
	writeFileSync(victim, Buffer.alloc(cluster, `${marker}-of-host `));
	writeFileSync(image, makeQcow2(victim));
	own(image);
	return image;
}

/** Refused before anything starts, by the name of the format. */
function isRefused({status, stderr}: Run): boolean {
	return status === 125 && /qcow2/.test(stderr) && !/nbd/.test(stderr);
}

/** Images. */
export const imageProbes: readonly Probe[] = [
	{
		id: 'probed-disk',
		wall: 'A disk that a guest gave the header of another format leads to no file of the host',
		script: '',
		alone: true,
		onlyOurs: 'the others have no disks',
		ways: {container: noDisks, idmap: noDisks, root: noDisks},
		set(scene) {
			const image = makeImage(scene);
			return {
				options: ['--disk', `file:evil=${image}`],
				command: ['sh', '-c', 'tr -d "\\0" </dev/disk/by-tag/evil | head -c 40; echo'],
				judge(run) {
					if (run.stdout.includes(scene.marker)) return ['the guest reads the file of the host'];
					return isRefused(run) || run.stdout.startsWith('QFI') ? [] : [`neither refused nor raw: ${run.stderr}`];
				},
			};
		},
	},
	{
		id: 'probed-image',
		wall: 'An image that a guest gave the header of another format is neither probed nor mounted',
		script: '',
		alone: true,
		onlyOurs: 'the others mount no images',
		ways: {idmap: {notApplicable: 'images cannot be mounted with mapped ids'}},
		set(scene) {
			return {
				options: ['-m', `host-image:/image=${makeImage(scene)}`],
				command: ['true'],
				judge: (run) => (isRefused(run) ? [] : [`not refused by its format: ${run.stderr.trim() || 'started'}`]),
			};
		},
	},
];
