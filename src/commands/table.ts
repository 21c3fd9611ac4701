import {backend, kernel, limit, security, user} from './key-commands.ts';
import {capabilities, connect, uri} from './connection.ts';
import {cd, pwd} from './directory.ts';
import {changes} from './changes.ts';
import {clean} from './clean.ts';
import type {Command} from './command.ts';
import {complete, help, selfTest, source} from './language.ts';
import {console, consoles} from './consoles.ts';
import {copy, deleteDefinition, newDefinition, rename, use} from './definitions.ts';
import {destroy, resume, stop, suspend} from './life.ts';
import {disk} from './disk.ts';
import {doctor} from './doctor.ts';
import {echo} from './echo.ts';
import {env} from './env.ts';
import {events} from './events.ts';
import {exec} from './exec.ts';
import {history} from './history.ts';
import {include} from './include.ts';
import {info} from './info.ts';
import {list} from './list.ts';
import {log} from './log.ts';
import {mount, umount} from './mount.ts';
import {network} from './network.ts';
import {networks} from './networks.ts';
import {profile} from './profile.ts';
import {quit} from './quit.ts';
import {redo, undo} from './undo.ts';
import {run} from './run.ts';
import {set, unset} from './set.ts';
import {show} from './show.ts';
import {signal} from './signal.ts';
import {start} from './start.ts';
import {stats} from './stats.ts';
import {validate} from './validate.ts';
import {wait} from './wait.ts';
import {xml} from './xml.ts';

/** Every command, in the order that help shows them within its groups. Commands are small and load nothing heavy until they run. */
export const commands: readonly Command[] = [
	newDefinition,
	use,
	list,
	show,
	set,
	unset,
	rename,
	copy,
	deleteDefinition,
	undo,
	redo,
	changes,
	xml,
	validate,
	mount,
	umount,
	include,
	disk,
	network,
	env,
	security,
	backend,
	user,
	limit,
	kernel,
	profile,
	run,
	start,
	stop,
	destroy,
	suspend,
	resume,
	signal,
	wait,
	exec,
	info,
	stats,
	events,
	consoles,
	console,
	log,
	connect,
	uri,
	capabilities,
	networks,
	doctor,
	clean,
	help,
	echo,
	cd,
	pwd,
	source,
	history,
	quit,
	selfTest,
	complete,
];
