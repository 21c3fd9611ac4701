import {ShellError} from '../../core/errors.ts';

/** A sandbox was to be taken over, and another process was sooner. */
export class KeptByAnother extends ShellError {
	readonly sandbox: string;

	constructor(sandbox: string) {
		super('refused', `Another process keeps '${sandbox}' already`);
		this.sandbox = sandbox;
	}
}
