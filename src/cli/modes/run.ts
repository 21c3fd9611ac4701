import {startSandbox} from '../../backend/sandbox.ts';
import {defaultUri} from '../virt-sandbox-uri.ts';
import type {Call} from './call.ts';
import {runAsked} from './run-asked.ts';

/** Runs one command in a sandbox of its own. */
export function runInSandbox(call: Call): Promise<number> {
	return runAsked(call, {
		isFurther: false,
		async start(spec, options) {
			const uri = spec.uri ?? (await defaultUri(call.caller, call.voice, {backend: spec.backend, signal: options.signal}));
			return startSandbox({...spec, uri}, options);
		},
	});
}
