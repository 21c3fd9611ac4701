import {ShellError} from '../../core/errors.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import type {StartOptions} from '../types.ts';
import type {OwnerLine} from '../session/control-line.ts';

/** What a keeper is told on its standard input: the sandbox that it starts, or the state directory of one whose keeper was killed. */
export type KeeperOrder = KeeperSettings & KeeperTask;

export type KeeperTask = {readonly spec: SandboxSpec} | {readonly takeOver: string};

interface KeeperSettings {
	readonly uri: string;
	/** Whether somebody wants to hear of each libvirt call. */
	readonly isTraced: boolean;
	/** Whether somebody wants the boot log. */
	readonly tellsBoot: boolean;
	readonly options: Pick<StartOptions, 'caller' | 'size' | 'accept' | 'keepalive'>;
}

/** What a keeper tells on its standard output, a line each; `ready` or `error` is the last. */
export type KeeperLine =
	| {
			readonly tell: 'notice';
			readonly level: 'info' | 'warning' | 'error';
			readonly code: string;
			readonly message: string;
			readonly hint: string | undefined;
	  }
	| {readonly tell: 'phase'; readonly name: string; readonly elapsedMs: number}
	| {readonly tell: 'xml'; readonly xml: string}
	| {readonly tell: 'trace' | 'boot'; readonly line: string}
	/** `isAnothers`: that which was to be taken over has a keeper already. */
	| {readonly tell: 'ready'; readonly id: string; readonly name: string; readonly isAnothers?: boolean}
	| Extract<OwnerLine, {tell: 'error'}>;

/** A sandbox was to be taken over, and another process was sooner. */
export class KeptByAnother extends ShellError {
	readonly sandbox: string;

	constructor(sandbox: string) {
		super('refused', `Another process keeps '${sandbox}' already`);
		this.sandbox = sandbox;
	}
}
