import {PassThrough, Readable} from 'node:stream';
import type {Plan, Sandbox, GuestSession} from '../../src/backend/types.ts';
import {element, type Cause, type Element} from '../../src/backend/xml/element.ts';
import type {SandboxSpec} from '../../src/spec/types.ts';
import type {DomainFacts, Sandboxes} from '../../src/commands/sandboxes.ts';
import {ShellError} from '../../src/core/errors.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {absentSandboxes} from '../shell/memory-shell.ts';

/** What a fake guest's command does. */
export interface FakeCommand {
	readonly stdout?: string;
	readonly stderr?: string;
	/** Undefined: it runs until a signal. */
	readonly status?: number;
}

/** A session that says something and ends; without a status it waits for a signal. */
export function fakeSession({stdout = '', stderr = '', status}: FakeCommand, heard: (signal: number) => void = () => {}): GuestSession {
	const exited = Promise.withResolvers<number>();
	const out = status === undefined ? new PassThrough() : Readable.from(stdout === '' ? [] : [Buffer.from(stdout)]);
	if (status !== undefined) {
		exited.resolve(status);
	}
	return {
		stdin: new PassThrough().resume(),
		stdout: out,
		stderr: Readable.from(stderr === '' ? [] : [Buffer.from(stderr)]),
		kill(signal) {
			heard(signal);
			exited.resolve(128 + signal);
			out.destroy();
		},
		resize() {},
		exited: exited.promise,
	};
}

export function fakeSandbox(command: FakeCommand, calls: string[]): Sandbox {
	return {
		id: '00000001',
		name: 'web',
		uri: 'lxc:///system',
		session: fakeSession(command, (signal) => calls.push(`kill ${signal}`)),
		destroy() {
			calls.push('destroy');
			return Promise.resolve();
		},
		close() {
			calls.push('close');
			return Promise.resolve();
		},
	};
}

const facts: DomainFacts = {
	name: 'web',
	id: '7',
	state: 'running',
	uri: 'lxc:///system',
	ours: true,
	uuid: '00000000-0000-4000-8000-000000000000',
	vcpus: 1,
	memoryKiB: 2048,
	processes: 4,
	processLimit: 4096,
	maximumMemoryKiB: 524_288,
	cpuTimeMs: 12,
	label: undefined,
	stateDirectory: '/run/virt-sandbox/00000001',
	ownerPid: 1,
	spec: {...defaultSpec, name: 'web', command: ['/bin/sleep', '100']},
	addresses: ['192.168.122.7/24'],
};

function documentOf(spec: SandboxSpec): Element {
	const backend = (text: string): Cause => ({kind: 'backend', text});
	return element(
		'domain',
		{},
		[element('name', {}, [spec.name ?? ''], {kind: 'option', text: 'name'}), element('memory', {unit: 'KiB'}, [spec.limits.memoryKiB])],
		backend('a fake'),
	);
}

/** A running side with one sandbox, web; what is asked of it is noted. */
export function fakeSandboxes(command: FakeCommand = {stdout: 'out\n', stderr: 'err\n', status: 3}, calls: string[] = []): Sandboxes {
	const note = (what: string) => {
		calls.push(what);
		return Promise.resolve();
	};
	const known = (name: string) => {
		if (name !== 'web') {
			throw new ShellError('not-found', `No sandbox named '${name}' runs`, {hint: 'These run: web.'});
		}
	};
	return {
		...absentSandboxes,
		plan: (spec) =>
			Promise.resolve({
				spec,
				uri: 'lxc:///system',
				xml: `<domain><name>${spec.name ?? ''}</name></domain>\n`,
				document: documentOf(spec),
				notices: [],
			} satisfies Plan),
		lacks: () => Promise.resolve([]),
		checkDocument: () => Promise.resolve({faults: [], lacking: undefined}),
		list: ({all}) =>
			Promise.resolve([
				{name: 'web', id: '7', state: 'running', uri: 'lxc:///system', uuid: 'w', ours: true},
				...(all ? [{name: 'other\u001b[2J', id: undefined, state: 'shut off', uri: 'lxc:///system', uuid: 'o', ours: false}] : []),
			]),
		resolveUri: (text) => Promise.resolve(text === 'far' ? 'qemu+ssh://far/system' : text),
		connect: ({uri}) => Promise.resolve(uri ?? 'lxc:///system'),
		start: () => Promise.resolve(fakeSandbox(command, calls)),
		async startDetached(spec, {voice}) {
			await note(`start ${spec.name ?? ''} ${spec.lifetime}`);
			voice.notice('warning', 'label', 'No label here');
			return spec.name ?? 'sandbox-1';
		},
		stop: (name, {graceMs}) => note(`stop ${name} ${graceMs}`),
		async destroy(name) {
			known(name);
			await note(`destroy ${name}`);
		},
		suspend: (name) => note(`suspend ${name}`),
		resume: (name) => note(`resume ${name}`),
		signal: (name, number) => note(`signal ${name} ${number}`),
		wait: () => Promise.resolve({status: 0}),
		async exec(name, exec) {
			known(name);
			await note(`exec ${name} ${exec.command.join(' ')}`);
			return fakeSession(command);
		},
		info: () => Promise.resolve(facts),
		domainXml(name) {
			known(name);
			return Promise.resolve("<domain type='lxc' id='7'>\n  <name>web</name>\n</domain>\n");
		},
		stats: () =>
			Promise.resolve([
				{name: 'web', state: 'running', cpuTimeMs: 12, memoryKiB: 2048, processes: 4, readKiB: null, writtenKiB: null, receivedKiB: 0, sentKiB: 1},
			]),
		async *events() {
			yield await Promise.resolve({timeMs: 0, name: 'web', event: 'started', ours: true});
		},
		consoles: () => Promise.resolve([{name: 'stdout', kind: 'output of the command', state: 'captured'}]),
		async *log() {
			yield await Promise.resolve({timeMs: 0, console: 'stdout', text: 'an error \u001b[31mred'});
			yield {timeMs: 1000, console: 'stderr', text: 'fine'};
		},
		clean: () => Promise.resolve([{id: '0000000a', name: 'old', result: 'removed', reason: undefined}]),
		capabilities: () => Promise.resolve('<capabilities/>\n'),
		startNetwork: (name) => {
			calls.push(`start network ${name}`);
			return Promise.resolve(name !== 'default');
		},
		networks: () => Promise.resolve([{name: 'default', uuid: 'u', active: false, bridge: 'virbr0', forward: 'nat', dhcp: true}]),
		async *diagnose() {
			yield await Promise.resolve({area: 'tools', subject: 'busybox', state: 'ok' as const, detail: '/usr/bin/busybox', mend: null});
			yield {area: 'machine', subject: 'kvm', state: 'missing', detail: 'there is no /dev/kvm', mend: 'modprobe kvm_intel'};
		},
	};
}
