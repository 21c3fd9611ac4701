import {callProbes} from './probes/calls.ts';
import {deviceProbes} from './probes/devices.ts';
import {fileProbes} from './probes/files.ts';
import {imageProbes} from './probes/images.ts';
import {initProbes} from './probes/init.ts';
import {namespaceProbes} from './probes/namespaces.ts';
import {processProbes} from './probes/processes.ts';
import {resourceProbes} from './probes/resources.ts';
import {rootProbes} from './probes/roots.ts';
import {settingProbes} from './probes/settings.ts';
import {socketProbes} from './probes/sockets.ts';
import {stateProbes} from './probes/state.ts';
import type {Expectation, OwnWay, Probe} from './probe.ts';

/** All walls, by what they are about: the rows of the table in docs/security.md. */
export const groups: ReadonlyArray<readonly [title: string, probes: readonly Probe[]]> = [
	['Files of the host', fileProbes],
	['Devices', deviceProbes],
	['Settings of the kernel', settingProbes],
	['System calls', callProbes],
	['Capabilities and namespaces', namespaceProbes],
	['Processes', processProbes],
	['Sockets, networks and shared memory', socketProbes],
	['State and secrets of others', stateProbes],
	['Resources', resourceProbes],
	['The init and its tools', initProbes],
	['Images', imageProbes],
	['Roots that somebody prepared', rootProbes],
];

export const allProbes = groups.flatMap(([, probes]) => probes);

export function expectationOf(probe: Probe, way: OwnWay): Expectation {
	return probe.ways?.[way] ?? 'held';
}
