import {fillScript} from '../../../core/fill-script.ts';
import {appletLines, checkFunction, initFunctions} from '../../guest/init-functions.ts';
import {leaseScriptOf} from '../../guest/network-script.ts';
import {ioTarget} from '../../guest/root/root-plan.ts';
import init from './init.sh';
import endFunctions from './init-end.sh';
import joinFunctions from './init-join.sh';
import leaseServers from './lease-servers.sh';
import {nowhere} from './process-one.ts';

const {send, reap, marks} = initFunctions(nowhere);

export const runInitScript = `#!${ioTarget}/busybox sh
${fillScript(init, {
	applets: appletLines,
	check: checkFunction,
	send,
	end: fillScript(endFunctions, {reap, marks}),
	join: fillScript(joinFunctions),
})}
`;

/** What udhcpc runs with a lease. */
export const leaseScript = leaseScriptOf(leaseServers);
