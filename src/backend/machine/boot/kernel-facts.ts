import {onceEach} from '../../../core/once.ts';
import {readModuleIndex} from './kernel-modules.ts';
import {hostKernelPlaces, type KernelPlaces} from './kernels.ts';

/** The places of this host's kernels, whose modules are read once only. */
export function openKernelFacts(): KernelPlaces {
	return {...hostKernelPlaces(), readIndex: onceEach(readModuleIndex)};
}
