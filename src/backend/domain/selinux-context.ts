import {ShellError} from '../../core/errors.ts';

/** Types that policies give to processes they do not hold back. */
const unconfinedType = /^(spc_t|unconfined(_\w+)?_t|\w+_unconfined_t|kernel_t|init_t|initrc_t|sysadm_t|virtd(_lxc)?_t|container_runtime_t)$/;

/** The type of a context `user:role:type:level`. */
export function typeOf(context: string): string {
	return context.split(':')[2] ?? '';
}

/** Whether processes of a type reach everything. */
export function isUnconfined(type: string): boolean {
	return unconfinedType.test(type);
}

/** Throws unless a context has user, role, type and a level, as libvirt needs. */
export function checkContext(context: string): void {
	if (!/^[\w.-]+:[\w.-]+:[\w.-]+:s\d+(?:-s\d+)?[\w:,.-]*$/.test(context)) {
		throw new ShellError('usage', `'${context}' is not an SELinux label`, {
			hint: 'Write USER:ROLE:TYPE:LEVEL, such as system_u:system_r:container_t:s0:c101,c202.',
		});
	}
}

/** Whether a context's level has categories, and not all of them: what keeps sandboxes apart. */
export function separatesSandboxes(context: string): boolean {
	const level = context.split(':').slice(3).join(':');
	return /:c\d/.test(level) && !level.endsWith(':c0.c1023');
}
