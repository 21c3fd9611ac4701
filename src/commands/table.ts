import {cd} from './cd.ts';
import type {Command} from './command.ts';
import {complete} from './complete.ts';
import {echo} from './echo.ts';
import {help} from './help.ts';
import {pwd} from './pwd.ts';
import {quit} from './quit.ts';
import {selfTest} from './self-test.ts';

/** Every command, in the order that help shows them. Commands are small and load nothing heavy until they run. */
export const commands: readonly Command[] = [help, echo, cd, pwd, quit, selfTest, complete];
