import {addressRules} from './document/address-rules.ts';
import {bootRules} from './document/boot-rules.ts';
import {consoleRules} from './document/console-rules.ts';
import {containerRules} from './document/container-rules.ts';
import {controllerRules} from './document/controller-rules.ts';
import {deviceRules} from './document/device-rules.ts';
import {diskPropertyRules} from './document/disk-property-rules.ts';
import {diskRules} from './document/disk-rules.ts';
import {initRules} from './document/init-rules.ts';
import {interfacePropertyRules} from './document/interface-property-rules.ts';
import {interfaceRules} from './document/interface-rules.ts';
import {machineRules} from './document/machine-rules.ts';
import {memoryRules} from './document/memory-rules.ts';
import {mountRules} from './document/mount-rules.ts';
import {nameRules} from './document/name-rules.ts';
import {pictureRules} from './document/picture-rules.ts';
import {pinningRules} from './document/pinning-rules.ts';
import {processorRules} from './document/processor-rules.ts';
import {screenRules} from './document/screen-rules.ts';
import {shareRules} from './document/share-rules.ts';
import {capacityRules} from './host/capacity-rules.ts';
import {pathRules} from './host/path-rules.ts';
import {programRules} from './host/program-rules.ts';
import type {HostRule, Rule, RuleHead} from './rule.ts';

/** Those that look at the document alone. */
export const documentRules: readonly Rule[] = [
	...addressRules,
	...bootRules,
	...consoleRules,
	...containerRules,
	...controllerRules,
	...deviceRules,
	...diskPropertyRules,
	...diskRules,
	...initRules,
	...interfacePropertyRules,
	...interfaceRules,
	...machineRules,
	...memoryRules,
	...mountRules,
	...nameRules,
	...pictureRules,
	...pinningRules,
	...processorRules,
	...screenRules,
	...shareRules,
];

/** Those that ask the host. */
export const hostRules: readonly HostRule[] = [...capacityRules, ...pathRules, ...programRules];

/** All that a document is held against besides the schema. */
export const allRules: readonly RuleHead[] = [...documentRules, ...hostRules];
