/** A client of libvirt's RPC protocol, without libvirt's C library. */
export type {CallOptions, PassedDescriptors} from './calls.ts';
export {Connection} from './connection.ts';
export {CallTimeout, ConnectFailed, ConnectionLost, errorCodes, hasCode, LibvirtError} from './errors.ts';
export type {CloseKind, CloseReason, ConnectProblem} from './errors.ts';
export {lifecycleEvents, stoppedDetails} from './events.ts';
export type {LifecycleEvent, LifecycleListener} from './events.ts';
export {consoleFlags, createFlags, domainStates, listFlags, modificationFlags} from './flags.ts';
export type {MonitorEvent, MonitorListener} from './monitor-events.ts';
export {isConnectionLost, openConnection} from './open-connection.ts';
export type {OpenOptions} from './open-connection.ts';
export {procedures} from './procedures.ts';
export type {Procedure} from './procedures.ts';
export type {DomainInfo, DomainStats, InterfaceAddresses, InterfaceStats, SecurityLabel} from './results.ts';
export type {LibvirtStream} from './stream.ts';
export {isUnreachable} from './transport/transport-unix.ts';
export {parseUri, planSockets} from './transport/uri.ts';
export type {Environment, LibvirtUri} from './transport/uri.ts';
export type {DomainRef, NetworkRef, TypedParameters} from './wire-types.ts';
