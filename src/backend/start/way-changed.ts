import {ShellError} from '../../core/errors.ts';

/** What was to be mounted is not what the plan has seen, or not there any more. */
export class WayChanged extends ShellError {}
