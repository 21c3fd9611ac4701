import {usageError} from '../../core/errors.ts';
import {parseUri} from '../../spec/parse/parse-uri.ts';
import {backends, type BackendName} from '../../spec/backends.ts';
import {containerDriver} from '../container/domain/container-driver.ts';
import {machineDriver} from '../machine/domain/machine-driver.ts';
import {xenDriver} from '../xen/domain/xen-driver.ts';
import type {Driver} from './driver.ts';

/** Every hypervisor, by the name of its backend. */
export const drivers = {container: containerDriver, machine: machineDriver, xen: xenDriver} as const satisfies Readonly<Record<BackendName, Driver>>;

/** The driver of a URI; throws where a backend was asked for too and is another. */
export function chooseDriver(backend: BackendName | undefined, uri: string): (typeof drivers)[BackendName] {
	const driver = drivers[parseUri(uri).backend];
	if (backend !== undefined && backend !== driver.name) {
		throw usageError(
			`The URI '${uri}' is of a ${backends[driver.name].noun}, not of a ${backends[backend].noun}`,
			`Use -c ${drivers[backend].systemUri}, or leave --backend out.`,
		);
	}
	return driver;
}
